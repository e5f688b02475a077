"""Trace what several versions of an application do in several environments: the deployments that a guide compares."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import os
import time

import mlflow
from report import write_report

OK_S, ERROR_S = 0.05, 0.3
CALLS = [
    # environment, version, fails
    ("production", "1.0.0", False),
    ("production", "1.0.0", False),
    ("production", "1.0.0", False),
    ("production", "1.0.0", True),
    ("production", "1.1.0", False),
    ("production", "1.1.0", False),
    ("staging", "1.0.0", True),
    ("staging", "1.2.0", False),
]


@mlflow.trace
def answer(environment, version, fails):
    mlflow.update_current_trace(tags={"environment": environment, "app_version": version})
    time.sleep(ERROR_S if fails else OK_S)
    if fails:
        raise RuntimeError("no answer")
    return "an answer"


@mlflow.trace
def experiment(model, variant, flag):
    mlflow.update_current_trace(
        tags={"environment": "test", "model_used": model, "client_variant": variant, "feature_flag_new_ui": flag}
    )


def main():
    mlflow.set_experiment(os.environ["MLFLOW_EXPERIMENT_NAME"])
    for call in CALLS:
        try:
            answer(*call)
        except RuntimeError:
            continue
    experiment("advanced_model", "treatment", "true")
    experiment("advanced_model", "control", "false")
    mlflow.flush_trace_async_logging()
    write_report({"calls": len(CALLS)})


main()
