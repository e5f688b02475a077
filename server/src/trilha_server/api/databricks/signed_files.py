"""What answers at presigned addresses."""

from starlette.requests import Request
from starlette.responses import Response

from trilha_server.api.artifact_bodies import give_artifact, take_artifact
from trilha_server.api.databricks.presigned import PLACE
from trilha_server.api.mlflow.trace_data import give_trace_data, take_trace_data, trace_data_of
from trilha_server.api.routes import Permission, RawRoute
from trilha_server.api.services import Services
from trilha_server.domain.artifact import ArtifactPath


def signed_file_routes(services: Services) -> list[RawRoute]:
    """List the routes that need no token, because the address is the permission."""

    async def put(request: Request) -> Response:
        path = _permitted(services, request, "PUT")
        trace_id = trace_data_of(path)
        if trace_id is not None:
            return await take_trace_data(services, request, str(path.experiment_id), trace_id)
        await take_artifact(services, request, path)
        return Response()

    async def get(request: Request) -> Response:
        path = _permitted(services, request, "GET")
        trace_id = trace_data_of(path)
        if trace_id is not None:
            return await give_trace_data(services, trace_id)
        return await give_artifact(services, request, path)

    place = f"{PLACE}/{{path:path}}"
    return [
        RawRoute(method="PUT", path=place, permission=Permission.SIGNED, handle=put),
        RawRoute(method="GET", path=place, permission=Permission.SIGNED, handle=get),
    ]


def _permitted(services: Services, request: Request, method: str) -> ArtifactPath:
    """Read the path of an address that is signed for a method. Raises `PermissionDenied`."""
    query = request.query_params
    services.signatures.check(
        method, request.scope["path"], expires=query.get("expires", ""), signature=query.get("signature", "")
    )
    return ArtifactPath.parse(request.path_params["path"])
