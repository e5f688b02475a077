"""Versions of the native API."""

import uuid
from typing import Annotated

from fastapi import Path

from trilha_server.api.routes import ModelRoute, Permission
from trilha_server.api.services import Services
from trilha_server.api.v1.version_models import (
    MadeVersion,
    NewVersion,
    VersionDetails,
    VersionEdit,
    VersionFigures,
    VersionModel,
    VersionPageModel,
    VersionSearch,
)
from trilha_server.domain.figures import FiguresQuery, TraceFigures
from trilha_server.domain.filter import Attribute, AttributeField, Comparison, Operator
from trilha_server.domain.version import Version, VersionChange, VersionId, VersionStatus, check_version_name

PERCENTILES = (50.0, 90.0, 95.0, 99.0)

VersionPath = Annotated[str, Path(max_length=500)]


def version_routes(services: Services) -> list[ModelRoute]:
    """List the routes of versions."""
    versions = services.store.versions

    def create(new: NewVersion) -> MadeVersion:
        made = version_of(services, new)
        if not new.get_or_create:
            versions.create_version(made)
            return MadeVersion(version=VersionModel.of(made), is_new=True)
        found = versions.ensure_version(made)
        return MadeVersion(version=VersionModel.of(found), is_new=found.version_id == made.version_id)

    def search(request: VersionSearch) -> VersionPageModel:
        page = versions.search_versions(request.query())
        return VersionPageModel(
            versions=[VersionModel.of(version) for version in page.versions], next_page_token=page.next_page_token
        )

    def get(version_id: VersionPath) -> VersionDetails:
        version = versions.get_version(VersionId(version_id))
        return VersionDetails(
            version=VersionModel.of(version), figures=VersionFigures.of(_figures(services, version), PERCENTILES)
        )

    def edit(version_id: VersionPath, edit: VersionEdit) -> VersionModel:
        change = VersionChange(
            time_ms=services.clock.now_ms(),
            status=None if edit.status is None else VersionStatus(edit.status),
            tags=edit.tags,
            params=edit.params,
        )
        return VersionModel.of(versions.change_version(VersionId(version_id), change))

    def delete(version_id: VersionPath) -> None:
        versions.delete_version(VersionId(version_id), services.clock.now_ms())

    base = "/api/v1/versions"
    one = f"{base}/{{version_id}}"
    read, write, manage = Permission.READ, Permission.WRITE, Permission.MANAGE
    return [
        ModelRoute(
            method="POST", path=base, permission=write, handle=create, summary="Make a version", errors=(400, 404)
        ),
        ModelRoute(
            method="POST",
            path=f"{base}/search",
            permission=read,
            handle=search,
            summary="Find versions",
            errors=(400,),
        ),
        ModelRoute(
            method="GET",
            path=one,
            permission=read,
            handle=get,
            summary="A version and what its traces come to",
            errors=(404,),
        ),
        ModelRoute(
            method="PATCH",
            path=one,
            permission=write,
            handle=edit,
            summary="Finish a version, set its tags and parameters",
            errors=(400, 404),
        ),
        ModelRoute(
            method="DELETE", path=one, permission=manage, handle=delete, summary="Put a version away", errors=(404,)
        ),
    ]


def version_of(services: Services, new: NewVersion) -> Version:
    """Make what is asked for, without keeping it. Raises `InvalidInput` and `NotFound`."""
    now_ms = services.clock.now_ms()
    return Version(
        version_id=VersionId(f"m-{uuid.uuid4().hex}"),
        experiment_id=services.experiments.require(new.experiment_id),
        name=check_version_name(new.name),
        kind=new.kind or None,
        source_run_id=new.source_run_id or None,
        status=VersionStatus(new.status),
        create_time_ms=now_ms,
        update_time_ms=now_ms,
        tags=new.tags,
        params=new.params,
    )


def _figures(services: Services, version: Version) -> TraceFigures | None:
    of_version = Comparison(AttributeField(Attribute.MODEL_ID), Operator.EQ, version.version_id)
    query = FiguresQuery(experiment_ids=(version.experiment_id,), filter=of_version, percentiles=PERCENTILES, limit=1)
    rows = services.store.figures.trace_figures(query).rows
    return rows[0] if rows else None
