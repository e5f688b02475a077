"""Compare the error rates and the latencies of an application's versions.

Guide: track versions and environments.
Repaired: the printed code has lost its indentation; in MLflow 3 the columns are `state` and `execution_duration`
instead of `status` and `execution_time_ms`; a version without traces has no figures, which cannot be printed with
`:.1f`; the experiment comes from the environment instead of being "1".
Needs `mlflow`: `mlflow-tracing` has neither `MlflowClient` nor data frames.
"""

import os

import mlflow
from mlflow import MlflowClient


def compare_version_metrics(experiment_id: str, versions: list):
    """Compare error rates and performance across app versions."""
    version_metrics = {}

    for version in versions:
        traces = mlflow.search_traces(
            experiment_ids=[experiment_id],
            filter_string=f"tags.environment = 'production' AND tags.app_version = '{version}'",
        )

        if traces.empty:
            version_metrics[version] = {
                "error_rate": None,
                "avg_latency": None,
                "total_traces": 0,
            }
            continue

        # Work the figures out
        error_count = len(traces[traces["state"] == "ERROR"])
        total_traces = len(traces)
        error_rate = (error_count / total_traces) * 100

        successful_traces = traces[traces["state"] == "OK"]
        avg_latency = successful_traces["execution_duration"].mean() if not successful_traces.empty else 0

        version_metrics[version] = {
            "error_rate": error_rate,
            "avg_latency": avg_latency,
            "total_traces": total_traces,
        }

    return version_metrics


# Use
experiment = MlflowClient().get_experiment_by_name(os.getenv("MLFLOW_EXPERIMENT_NAME", "/Shared/production-genai-app"))
metrics = compare_version_metrics(experiment.experiment_id, ["1.0.0", "1.1.0", "1.2.0"])
for version, data in metrics.items():
    if data["total_traces"] == 0:
        print(f"Version {version}: no traces")
        continue
    print(f"Version {version}: {data['error_rate']:.1f}% errors, {data['avg_latency']:.1f}ms avg latency")
