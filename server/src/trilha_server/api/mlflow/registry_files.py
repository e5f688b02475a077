"""Deletes the files of registered versions that are no more."""

import logging
from collections.abc import Iterable
from contextlib import suppress

import anyio.from_thread

from trilha_server.api.services import Services
from trilha_server.domain.artifact import ArtifactPath
from trilha_server.domain.errors import NotFound, StoreError

_log = logging.getLogger(__name__)


def forget_files(services: Services, folders: Iterable[ArtifactPath]) -> None:
    """Delete folders that nothing names any more. Called on a worker thread of a request.

    Where the artifacts cannot be reached the request has succeeded nevertheless: its model or version is gone.
    """
    for folder in folders:
        try:
            with suppress(NotFound):  # nothing was ever uploaded
                anyio.from_thread.run(services.artifacts.delete, folder)
        except StoreError as error:
            _log.warning("artifacts not deleted", extra={"fields": {"folder": str(folder), "cause": error}})
