"""The ways in which a client's environment may name the server."""

from collections.abc import Mapping
from enum import StrEnum


class Door(StrEnum):
    """What stands in MLFLOW_TRACKING_URI, and how the client signs in."""

    HTTP = "http"
    TOKEN = "databricks with a token"
    SECRET = "databricks with client id and secret"

    def environment(self, url: str) -> Mapping[str, str]:
        """Name the variables that lead a client to the server at an address."""
        match self:
            case Door.HTTP:
                return {"MLFLOW_TRACKING_URI": url}
            case Door.TOKEN:
                return {**_databricks(url), "DATABRICKS_TOKEN": "dapi-of-a-test"}
            case Door.SECRET:
                return {
                    **_databricks(url),
                    "DATABRICKS_CLIENT_ID": "4b1d7f0e-6a53-4c8f-9c39-000000000001",
                    "DATABRICKS_CLIENT_SECRET": "dose-of-a-test",
                }


def _databricks(url: str) -> Mapping[str, str]:
    return {"MLFLOW_TRACKING_URI": "databricks", "DATABRICKS_HOST": url}
