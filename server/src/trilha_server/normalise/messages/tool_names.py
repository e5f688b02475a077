"""Tools of which only the names are told."""

from trilha_server.domain.message import ToolDefinition
from trilha_server.domain.span import AttributeValue
from trilha_server.normalise.attributes import parsed


def tools_named(value: AttributeValue) -> tuple[ToolDefinition, ...]:
    """Read names: a list of them, as JSON too, or a text with commas between."""
    known = parsed(value)
    names = known.split(",") if isinstance(known, str) else known
    if not isinstance(names, list):
        return ()
    return tuple(ToolDefinition(name.strip()) for name in names if isinstance(name, str) and name.strip())
