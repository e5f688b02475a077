"""Log the agent as a model and register it under a name of three levels.

Guide: trace agents deployed on Databricks.
Repaired: nothing; the guide tells these steps in words. What comes next there, `agents.deploy(…)`, is no part of
MLflow.
Needs `mlflow` and `openai`; the agent answers once while it is logged.
"""

import os
from importlib.metadata import version
from pathlib import Path

import mlflow

# Connect to the experiment that keeps the agent's traces
mlflow.set_experiment(os.getenv("MLFLOW_EXPERIMENT_NAME", "/Shared/production-agent"))

# Log the agent and register it; mlflow in its requirements has the version that is used here
model = mlflow.pyfunc.log_model(
    name="support_agent",
    python_model=str(Path(__file__).with_name("agent.py")),
    input_example={"input": [{"role": "user", "content": "Where is my order?"}]},
    pip_requirements=[f"mlflow=={mlflow.__version__}", f"openai=={version('openai')}"],
    registered_model_name=os.getenv("AGENT_NAME", "main.support.support_agent"),
)

print(f"Logged {model.model_id}, registered as version {model.registered_model_version}")
