"""Who speaks in a message, and whether something is a message at all."""

from trilha_server.domain.message import Role
from trilha_server.normalise.messages.parts import JsonObject

_ROLES = {
    "system": Role.SYSTEM,
    "developer": Role.SYSTEM,
    "user": Role.USER,
    "human": Role.USER,
    "assistant": Role.ASSISTANT,
    "ai": Role.ASSISTANT,
    "model": Role.ASSISTANT,
    "bot": Role.ASSISTANT,
    "chatbot": Role.ASSISTANT,
    "tool": Role.TOOL,
    "function": Role.TOOL,
    "ipython": Role.TOOL,
}

_CLASSES = {
    "SystemMessage": "system",
    "HumanMessage": "human",
    "AIMessage": "ai",
    "ToolMessage": "tool",
    "FunctionMessage": "function",
    # AutoGen
    "UserMessage": "user",
    "AssistantMessage": "assistant",
    "FunctionExecutionResultMessage": "tool",
}

_CONTENT_KEYS = frozenset({"content", "parts", "blocks", "tool_calls", "toolCalls", "function_call", "refusal"})


def role_named(name: object) -> Role | None:
    """Tell whom a word means; `None` for a word that nobody uses so."""
    return _ROLES.get(name.lower()) if isinstance(name, str) else None


def role_of(item: JsonObject) -> Role | None:
    """Read who speaks; `None` where that is not said."""
    role = role_named(item.get("role"))
    return role or role_named(_langchain_type(item))


def is_message(item: JsonObject) -> bool:
    """Tell whether something is a message: it has a role, and something that is said."""
    has_role = isinstance(item.get("role"), str) or role_named(_langchain_type(item)) is not None
    return has_role and not _CONTENT_KEYS.isdisjoint(item)


def unserialized(item: JsonObject) -> JsonObject:
    """Take a LangChain message out of its serialised form; anything else stays as it is."""
    inner, path = item.get("kwargs"), item.get("id")
    if item.get("lc") is not None and isinstance(inner, dict) and isinstance(path, list) and path:
        return {"type": _langchain_name(path[-1]), **inner}
    data = item.get("data")
    if isinstance(data, dict) and role_named(_langchain_type(item)) is not None:
        return {**data, "type": item["type"]}
    return item


def _langchain_type(item: JsonObject) -> str | None:
    return _langchain_name(item.get("type"))


def _langchain_name(name: object) -> str | None:
    if not isinstance(name, str):
        return None
    return _CLASSES.get(name.removesuffix("Chunk"), name)
