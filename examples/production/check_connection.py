"""See whether the server can be reached and whether traces arrive.

Guide: production observability.
Repaired: the printed code has lost its indentation; `search_traces` has no `experiment_names`, so the name is looked
up first, and a name that is not there is said to be so; the tracking URI comes from the environment instead of being
set to "databricks" in the code.
Needs `mlflow`: `mlflow-tracing` has no `MlflowClient`.
"""

import os

import mlflow
from mlflow.client import MlflowClient

# Check the connection to the MLflow server
client = MlflowClient()
try:
    # List experiments to see that the server answers
    experiments = client.search_experiments()
    print(f"Connected to MLflow. Found {len(experiments)} experiments.")

    # See whether traces are being logged
    experiment_name = os.getenv("MLFLOW_EXPERIMENT_NAME", "/Shared/production-genai-app")
    experiment = client.get_experiment_by_name(experiment_name)
    if experiment is None:
        raise LookupError(f"there is no experiment {experiment_name}")
    traces = mlflow.search_traces(experiment_ids=[experiment.experiment_id], max_results=5)
    print(f"Found {len(traces)} recent traces.")
except Exception as e:
    print(f"Error connecting to MLflow: {e}")
    print("Check your authentication and connectivity")
