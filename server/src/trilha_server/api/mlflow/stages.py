"""Which lifecycle stages a search asks for."""

from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.experiment import LifecycleStage


def stages_of_view(name: str, view_type: str) -> tuple[LifecycleStage, ...]:
    """Read the view type that a field of the given name holds. Raises `InvalidInput`."""
    match view_type:
        case "ACTIVE_ONLY" | "":
            return (LifecycleStage.ACTIVE,)
        case "DELETED_ONLY":
            return (LifecycleStage.DELETED,)
        case "ALL":
            return (LifecycleStage.ACTIVE, LifecycleStage.DELETED)
        case _:
            raise InvalidInput(f"'{name}' is ACTIVE_ONLY, DELETED_ONLY or ALL", **{name: view_type[:40]})
