"""Count the traces of one version.

Guide: link production traces to app versions.
Repaired: the guide uses `client` without making it; the experiment and the version come from the environment.
Needs `mlflow`: `mlflow-tracing` has no `MlflowClient`.
"""

import os

import mlflow

client = mlflow.MlflowClient()

# Get the experiment's id
experiment = client.get_experiment_by_name(os.getenv("MLFLOW_EXPERIMENT_NAME", "/Shared/production-genai-app"))

# Find all traces of one version
traces = mlflow.search_traces(
    experiment_ids=[experiment.experiment_id],
    model_id=os.getenv("MLFLOW_ACTIVE_MODEL_ID", "customer_support_agent-git-98207f02"),
)

# Look at the results
print(f"Found {len(traces)} traces for this model version")
