"""What agents on Databricks Apps call when they start, under the name that MLflow has for it."""

import os

from trilha._client.versions import set_active_model
from trilha._version_name import git_version_name


def setup_mlflow_git_based_version_tracking() -> None:
    """Link traces to a version for the app and its commit: `support-git-98207f02`, or `local-…` outside of an app.

    Waits for no server: another thread finds the version or makes it.
    """
    app = os.environ.get("DATABRICKS_APP_NAME") or "local"  # noqa: TID251  # the platform's, no setting of ours
    set_active_model(name=git_version_name(app))
