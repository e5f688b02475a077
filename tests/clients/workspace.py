"""Use a workspace through the SDK of Databricks, beside MLflow."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import os

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import DatabricksError
from report import write_report

NAME = os.environ["EXPERIMENT"]


def refusal(action):
    """Do something that is refused; tell how."""
    try:
        action()
    except DatabricksError as error:
        return [type(error).__name__, error.error_code]
    return None


def main():
    workspace = WorkspaceClient()
    made = workspace.experiments.create_experiment(f"{NAME}/sdk").experiment_id
    workspace.experiments.set_experiment_tag(made, "team", "search")
    run = workspace.experiments.create_run(experiment_id=made, run_name="by the sdk").run.info
    read = workspace.experiments.get_experiment(made).experiment
    write_report(
        {
            "headers": sorted(workspace.config.authenticate()),
            "auth_type": workspace.config.auth_type,
            "workspace_id": workspace.config.workspace_id,
            "me": workspace.current_user.me().user_name,
            "made": [read.name.removeprefix(NAME), read.artifact_location, read.lifecycle_stage],
            "tags": {tag.key: tag.value for tag in read.tags},
            "by name": workspace.experiments.get_by_name(f"{NAME}/sdk").experiment.experiment_id == made,
            "listed": made in [each.experiment_id for each in workspace.experiments.list_experiments()],
            "run": [run.run_name, run.artifact_uri == f"{read.artifact_location}/{run.run_id}/artifacts"],
            "missing": refusal(lambda: workspace.experiments.get_experiment("123456789")),
            "taken": refusal(lambda: workspace.experiments.create_experiment(f"{NAME}/sdk")),
            "unknown": refusal(lambda: list(workspace.clusters.list())),
        }
    )


main()
