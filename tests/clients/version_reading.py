"""Read one version that another client has made."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import os
from pathlib import Path

import mlflow
from report import write_report

version_id = os.environ["VERSION"]
model = mlflow.get_logged_model(version_id)
folder = Path(mlflow.artifacts.download_artifacts(artifact_uri=f"models:/{version_id}"))
write_report(
    {
        "name": model.name,
        "status": str(model.status),
        "tags": dict(model.tags),
        "params": dict(model.params),
        "created_ms": model.creation_timestamp,
        "updated_ms": model.last_updated_timestamp,
        "described": version_id in (folder / "MLmodel").read_text(),
    }
)
