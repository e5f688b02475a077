"""Anthropic's messages, as its endpoint answers them."""

import json

from tests.support.chat_script import ARGUMENTS, CALL_ID, Answer, Counted, Json, Turn, turn


def message(asked: Json) -> Answer:
    """Answer a chat."""
    offered: list[Json] = asked.get("tools") or []
    tools = [tool["name"] for tool in offered]
    said = turn(tools, is_answered=_is_answered(asked["messages"][-1]["content"]))
    thinking: Json = asked.get("thinking") or {}
    blocks = _blocks(said, with_thought=thinking.get("type") == "enabled")
    if asked.get("stream"):
        return Answer(events=_events(asked["model"], said, blocks))
    return Answer(
        document={
            **_head(asked["model"]),
            "content": blocks,
            "stop_reason": _stop_reason(said),
            "usage": _usage(said.counted),
        }
    )


def _is_answered(content: Json) -> bool:
    return isinstance(content, list) and content[-1]["type"] == "tool_result"  # pyright: ignore[reportUnknownVariableType]  # JSON


def _head(model: str) -> dict[str, Json]:
    return {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "stop_sequence": None}


def _stop_reason(said: Turn) -> str:
    return "end_turn" if said.tool is None else "tool_use"


def _blocks(said: Turn, *, with_thought: bool) -> list[Json]:
    blocks: list[Json] = []
    if said.thought is not None and with_thought:
        blocks.append({"type": "thinking", "thinking": said.thought, "signature": "c2lnbmVk"})
    if said.tool is not None:
        blocks.append({"type": "tool_use", "id": CALL_ID, "name": said.tool, "input": ARGUMENTS})
    if said.text is not None:
        blocks.append({"type": "text", "text": said.text})
    return blocks


def _usage(counted: Counted) -> dict[str, int]:
    """Write tokens: here those that were cached are not part of the others."""
    fresh_tokens = counted.input_tokens - counted.cache_read_tokens - counted.cache_write_tokens
    return {
        "input_tokens": fresh_tokens,
        "cache_read_input_tokens": counted.cache_read_tokens,
        "cache_creation_input_tokens": counted.cache_write_tokens,
        "output_tokens": counted.output_tokens,
    }


def _events(model: str, said: Turn, blocks: list[Json]) -> list[tuple[str | None, Json]]:
    usage = _usage(said.counted)
    begun: Json = {**_head(model), "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    events: list[Json] = [{"type": "message_start", "message": begun}]
    for index, block in enumerate(blocks):
        empty, deltas = _deltas(block)
        events.append({"type": "content_block_start", "index": index, "content_block": {**block, **empty}})
        events += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        events.append({"type": "content_block_stop", "index": index})
    ended = {"stop_reason": _stop_reason(said), "stop_sequence": None}
    events.append({"type": "message_delta", "delta": ended, "usage": {"output_tokens": usage["output_tokens"]}})
    events.append({"type": "message_stop"})
    return [(event["type"], event) for event in events]


def _deltas(block: Json) -> tuple[Json, list[Json]]:
    """Tell how a block begins, and what follows."""
    match block["type"]:
        case "thinking":
            signed = {"type": "signature_delta", "signature": block["signature"]}
            return {"thinking": "", "signature": ""}, [
                {"type": "thinking_delta", "thinking": block["thinking"]},
                signed,
            ]
        case "tool_use":
            text = json.dumps(block["input"])
            pieces = (text[:5], text[5:])
            return {"input": {}}, [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
        case _:
            pieces = block["text"].partition(" ")
            return {"text": ""}, [{"type": "text_delta", "text": piece} for piece in pieces]
