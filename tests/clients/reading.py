"""Read one trace."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import os

import mlflow
from report import trace_document, write_report

trace = mlflow.get_trace(os.environ["TRACE_ID"])
write_report({"trace": trace and trace_document(trace)})
