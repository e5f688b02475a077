"""OpenAI's chat completions and embeddings, as its endpoint answers them."""

import json

from tests.support.chat_script import (
    ARGUMENTS,
    CALL_ID,
    EMBEDDING,
    EMBEDDING_TOKENS,
    Answer,
    Counted,
    Json,
    Turn,
    turn,
)

_CREATED_S = 1_795_000_000


def completion(asked: Json) -> Answer:
    """Answer a chat."""
    offered: list[Json] = asked.get("tools") or []
    tools = [tool["function"]["name"] for tool in offered]
    said = turn(tools, is_answered=asked["messages"][-1]["role"] == "tool")
    if asked.get("stream"):
        options: Json = asked.get("stream_options") or {}
        with_usage = options.get("include_usage", False)
        return Answer(events=_chunks(asked["model"], said, with_usage=with_usage))
    choice = {"index": 0, "finish_reason": _finish_reason(said), "logprobs": None, "message": _message(said)}
    return Answer(
        document={
            **_head("chat.completion", asked["model"]),
            "choices": [choice],
            "usage": _usage(said.counted),
        }
    )


def embeddings(asked: Json) -> Answer:
    """Answer a request for embeddings."""
    texts = asked["input"] if isinstance(asked["input"], list) else [asked["input"]]
    return Answer(
        document={
            "object": "list",
            "model": asked["model"],
            "data": [{"object": "embedding", "index": index, "embedding": EMBEDDING} for index in range(len(texts))],
            "usage": {"prompt_tokens": EMBEDDING_TOKENS, "total_tokens": EMBEDDING_TOKENS},
        }
    )


def _head(kind: str, model: str) -> dict[str, Json]:
    return {"id": "chatcmpl-1", "object": kind, "created": _CREATED_S, "model": model}


def _finish_reason(said: Turn) -> str:
    return "stop" if said.tool is None else "tool_calls"


def _message(said: Turn) -> Json:
    message: dict[str, Json] = {"role": "assistant", "content": said.text}
    if said.tool is not None:
        called = {"name": said.tool, "arguments": json.dumps(ARGUMENTS)}
        message["tool_calls"] = [{"id": CALL_ID, "type": "function", "function": called}]
    return message


def _chunks(model: str, said: Turn, *, with_usage: bool) -> list[tuple[str | None, Json]]:
    deltas: list[Json] = [{"role": "assistant", "content": None if said.tool else ""}]
    deltas += [{"content": piece} for piece in said.pieces]
    if said.tool is not None:
        begun = {"name": said.tool, "arguments": ""}
        deltas.append({"tool_calls": [{"index": 0, "id": CALL_ID, "type": "function", "function": begun}]})
        text = json.dumps(ARGUMENTS)
        deltas += [{"tool_calls": [{"index": 0, "function": {"arguments": piece}}]} for piece in (text[:5], text[5:])]
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": _finish_reason(said)})
    head = _head("chat.completion.chunk", model)
    events: list[tuple[str | None, Json]] = [(None, {**head, "choices": [choice]}) for choice in choices]
    if with_usage:
        events.append((None, {**head, "choices": [], "usage": _usage(said.counted)}))
    return [*events, (None, "[DONE]")]


def _usage(counted: Counted) -> Json:
    usage: Json = {
        "prompt_tokens": counted.input_tokens,
        "completion_tokens": counted.output_tokens,
        "total_tokens": counted.total_tokens,
    }
    if counted.has_kinds:
        usage["prompt_tokens_details"] = {
            "cached_tokens": counted.cache_read_tokens,
            "cache_write_tokens": counted.cache_write_tokens,
            "audio_tokens": 0,
        }
        usage["completion_tokens_details"] = {"reasoning_tokens": counted.reasoning_tokens, "audio_tokens": 0}
    return usage
