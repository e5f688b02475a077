"""Make a version of an application in a CI pipeline.

Guide: link production traces to app versions.
Repaired: where there is no git at all, Python raises FileNotFoundError, which the guide does not catch.
Added: the last line, which says what to deploy with; the guide looks the id up in the Versions tab.
Needs `mlflow`: `mlflow-tracing` has no `create_external_model`.
"""

import subprocess

import mlflow

# Define the application and what identifies its version
app_name = "customer_support_agent"

# Get the current git commit hash for versioning
try:
    git_commit = subprocess.check_output(["git", "rev-parse", "HEAD"]).decode("ascii").strip()[:8]
    version_identifier = f"git-{git_commit}"
except (subprocess.CalledProcessError, FileNotFoundError):
    version_identifier = "local-dev"  # not in a git repository, or no git
logged_model_name = f"{app_name}-{version_identifier}"

# Make a new LoggedModel
model = mlflow.create_external_model(name=logged_model_name)

print(f"export MLFLOW_ACTIVE_MODEL_ID={model.model_id}  # {model.name}")
