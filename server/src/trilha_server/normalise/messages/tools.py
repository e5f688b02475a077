"""Definitions of tools, in the shapes of the providers and of those who record them."""

from collections.abc import Iterator

from trilha_server.domain.message import ToolDefinition
from trilha_server.domain.span import AttributeValue
from trilha_server.normalise.attributes import parsed
from trilha_server.normalise.messages.parts import JsonObject, first_of, text_in

MAX_TOOLS = 10_000
"""A request offers fewer; what comes after is left out."""


def tools_of(value: AttributeValue) -> tuple[ToolDefinition, ...]:
    """Read the tools that a model may ask for: a list, a mapping by name, or one."""
    return tuple(_tools(parsed(value)))[:MAX_TOOLS]


def tools_offered(request: AttributeValue) -> tuple[ToolDefinition, ...]:
    """Read the tools that a request to a model offers; none where it is no such request."""
    request = parsed(request)
    if not isinstance(request, dict):
        return ()
    for owner in (request, *(request.get(key) for key in ("config", "toolConfig", "tool_config", "invocation_params"))):
        if isinstance(owner, dict):
            tools = tools_of(first_of(owner, "tools", "functions"))
            if tools:
                return tools
    return ()


def _tools(value: AttributeValue) -> Iterator[ToolDefinition]:
    if isinstance(value, list):
        for item in value[:MAX_TOOLS]:
            item = parsed(item)  # noqa: PLW2901  # the same, read
            if isinstance(item, dict):
                yield from _in(item)
    elif isinstance(value, dict):
        found = list(_in(value))
        yield from found or _by_name(value)


def _in(item: JsonObject) -> Iterator[ToolDefinition]:
    declared = first_of(item, "functionDeclarations", "function_declarations")  # Gemini
    if isinstance(declared, list):
        for entry in declared:
            if isinstance(entry, dict) and (tool := _tool(entry)) is not None:
                yield tool
    elif (tool := _tool(item)) is not None:
        yield tool


def _by_name(value: JsonObject) -> Iterator[ToolDefinition]:
    """Read a mapping of names to definitions, as Vercel's users write it."""
    if value and all(isinstance(item, dict) and _schema(item) is not None for item in value.values()):
        for name, item in value.items():
            if isinstance(item, dict):
                yield ToolDefinition(name, text_in(item, "description"), _schema(item))


def _tool(item: JsonObject) -> ToolDefinition | None:
    inner = first_of(item, "function", "toolSpec", "json_schema")
    if isinstance(inner, str):
        inner = parsed(inner)
    if isinstance(inner, dict):
        found = _tool(inner)
        if found is not None:
            return found
    name = text_in(item, "name")
    if name is None and (kind := text_in(item, "type")) is not None and kind not in _NOT_TOOLS:
        name = kind  # a tool of the provider, such as `web_search`
    if name is None:
        return None
    return ToolDefinition(name, text_in(item, "description"), _schema(item))


_NOT_TOOLS = ("function", "object", "array", "string")


def _schema(item: JsonObject) -> AttributeValue:
    schema = parsed(first_of(item, *_SCHEMA_KEYS))
    if isinstance(schema, dict) and isinstance(inner := first_of(schema, "json", "jsonSchema"), dict):
        return inner
    return schema


_SCHEMA_KEYS = (
    "parameters",
    "input_schema",
    "inputSchema",
    "parameters_json_schema",
    "parametersJsonSchema",
    "args_schema",
)
