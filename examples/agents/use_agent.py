"""Load the newest version of the registered agent and ask it something.

Guide: trace agents deployed on Databricks.
Repaired: nothing; the guide lets a serving endpoint do this.
Needs `mlflow` and `openai`.
"""

import os

import mlflow

# Traces of the loaded agent go here, and are linked to its version
mlflow.set_experiment(os.getenv("MLFLOW_EXPERIMENT_NAME", "/Shared/production-agent"))

name = os.getenv("AGENT_NAME", "main.support.support_agent")
versions = mlflow.MlflowClient().search_model_versions(f"name='{name}'")
newest = max(int(version.version) for version in versions)

agent = mlflow.pyfunc.load_model(f"models:/{name}/{newest}")
answer = agent.predict({"input": [{"role": "user", "content": "Where is my order?"}]})

print(answer["output"][0]["content"][0]["text"])
