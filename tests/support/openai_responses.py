"""OpenAI's Responses, as its endpoint answers them."""

import itertools
import json

from tests.support.chat_script import ARGUMENTS, CALL_ID, Answer, Counted, Json, Turn, turn

_NUMBERS = itertools.count(1)


def response(asked: Json) -> Answer:
    """Answer one request."""
    offered: list[Json] = asked.get("tools") or []
    tools = [tool["name"] for tool in offered if tool["type"] == "function"]
    said = turn(tools, is_answered=_is_answered(asked["input"]))
    items = _items(said, with_thought=bool(asked.get("reasoning")))
    whole = _response(asked, items, said.counted)
    if asked.get("stream"):
        return Answer(events=_events(items, whole))
    return Answer(document=whole)


def _is_answered(given: Json) -> bool:
    return isinstance(given, list) and given[-1].get("type") == "function_call_output"  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]  # JSON


def _items(said: Turn, *, with_thought: bool) -> list[Json]:
    items: list[Json] = []
    if said.thought is not None and with_thought:
        items.append({"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": said.thought}]})
    if said.tool is not None:
        called = {"name": said.tool, "arguments": json.dumps(ARGUMENTS), "call_id": CALL_ID}
        items.append({"type": "function_call", "id": "fc_1", "status": "completed", **called})
    if said.text is not None:
        content: Json = [{"type": "output_text", "text": said.text, "annotations": [], "logprobs": []}]
        items.append({"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": content})
    return items


def _response(asked: Json, items: list[Json], counted: Counted) -> Json:
    return {
        "id": f"resp_{next(_NUMBERS)}",  # some instrumentations know answers by it
        "object": "response",
        "created_at": 1_795_000_000,
        "status": "completed",
        "model": asked["model"],
        "output": items,
        "usage": _usage(counted),
        "instructions": asked.get("instructions"),
        "tools": asked.get("tools") or [],
        "tool_choice": "auto",
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "top_p": 1.0,
        "metadata": {},
        "error": None,
        "incomplete_details": None,
    }


def _usage(counted: Counted) -> Json:
    return {
        "input_tokens": counted.input_tokens,
        "input_tokens_details": {
            "cached_tokens": counted.cache_read_tokens,
            "cache_write_tokens": counted.cache_write_tokens,
        },
        "output_tokens": counted.output_tokens,
        "output_tokens_details": {"reasoning_tokens": counted.reasoning_tokens},
        "total_tokens": counted.total_tokens,
    }


def _events(items: list[Json], whole: Json) -> list[tuple[str | None, Json]]:
    begun: Json = {**whole, "status": "in_progress", "output": [], "usage": None}
    events: list[Json] = [{"type": "response.created", "response": begun}]
    for index, item in enumerate(items):
        events += _item_events(index, item)
    events.append({"type": "response.completed", "response": whole})
    return [(event["type"], {**event, "sequence_number": number}) for number, event in enumerate(events)]


def _item_events(index: int, item: Json) -> list[Json]:
    where: Json = {"output_index": index, "item_id": item["id"]}
    empty: Json = {"function_call": {"arguments": ""}, "message": {"content": []}, "reasoning": {"summary": []}}
    begun = {**item, **empty[item["type"]]}
    events: list[Json] = [{"type": "response.output_item.added", "output_index": index, "item": begun}]
    if item["type"] == "function_call":
        text = item["arguments"]
        events += [
            {"type": "response.function_call_arguments.delta", **where, "delta": piece}
            for piece in (text[:5], text[5:])
        ]
        events.append({"type": "response.function_call_arguments.done", **where, "arguments": text})
    if item["type"] == "message":
        part = item["content"][0]
        where["content_index"] = 0
        events.append({"type": "response.content_part.added", **where, "part": {**part, "text": ""}})
        events += [
            {"type": "response.output_text.delta", **where, "delta": piece, "logprobs": []}
            for piece in part["text"].partition(" ")
        ]
        events.append({"type": "response.output_text.done", **where, "text": part["text"], "logprobs": []})
        events.append({"type": "response.content_part.done", **where, "part": part})
    events.append({"type": "response.output_item.done", "output_index": index, "item": item})
    return events
