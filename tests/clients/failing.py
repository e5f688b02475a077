"""Trace one call while the network fails, and tell how long the application waited."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import os
import time

import mlflow
from report import write_report


@mlflow.trace
def inner():
    return 1


@mlflow.trace
def outer():
    mlflow.update_current_trace(client_request_id="req-fault")
    return inner()


def main():
    experiment = mlflow.set_experiment(os.environ["EXPERIMENT"])
    before_s = time.monotonic()
    outer()
    called_s = time.monotonic()
    mlflow.flush_trace_async_logging()
    flushed_s = time.monotonic()
    write_report(
        {
            "experiment_id": experiment.experiment_id,
            "trace_id": mlflow.get_last_active_trace_id(),
            "call_s": called_s - before_s,
            "flush_s": flushed_s - called_s,
        }
    )


main()
os._exit(0)  # what is not flushed by now is not waited for
