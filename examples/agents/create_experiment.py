"""Make the experiment that keeps an agent's traces, if need be with a place of its own for artifacts.

Guide: trace agents deployed on Databricks.
Repaired: nothing; the guide tells this step in words.
"""

import os

import mlflow

experiment_id = mlflow.MlflowClient().create_experiment(
    os.getenv("MLFLOW_EXPERIMENT_NAME", "/Shared/production-agent"),
    artifact_location=os.getenv("ARTIFACT_LOCATION"),
)
print(f"export MLFLOW_EXPERIMENT_ID={experiment_id}")
