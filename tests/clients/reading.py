"""Read one trace."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import os

import mlflow
from report import trace_document, write_report

if "READ_IN" in os.environ:
    mlflow.set_experiment(experiment_id=os.environ["READ_IN"])
trace = mlflow.get_trace(os.environ["TRACE_ID"])
write_report({"trace": trace and trace_document(trace)})
