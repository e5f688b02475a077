"""Anthropic's client: messages, streams, thoughts."""
# pyright: basic, reportMissingImports=false

import functools
import json

from anthropic import Anthropic
from conversation import CLAUDE, PARAMETERS, QUESTION, SYSTEM, TOOL, TOOL_TEXT, find_order

ASKED = {
    "model": CLAUDE,
    "max_tokens": 2_048,
    "system": SYSTEM,
    "tools": [{"name": TOOL, "description": TOOL_TEXT, "input_schema": PARAMETERS}],
    "thinking": {"type": "enabled", "budget_tokens": 1_024},
}


@functools.cache
def anthropic():
    """Make the client: once, since that takes time."""
    return Anthropic(max_retries=0)


def chat():
    """Hold the conversation."""
    client = anthropic()
    said = client.messages.create(messages=[{"role": "user", "content": QUESTION}], **ASKED)
    return client.messages.create(messages=went_on(said.content), **ASKED)


def stream():
    """Hold the conversation in streams, with `stream=True`."""
    client = anthropic()
    for _ in client.messages.create(messages=[{"role": "user", "content": QUESTION}], stream=True, **ASKED):
        pass
    call = {"type": "tool_use", "id": "call_17", "name": TOOL, "input": {"number": 17}}
    result = {"type": "tool_result", "tool_use_id": "call_17", "content": json.dumps(find_order(17))}
    messages = [
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [result]},
    ]
    for _ in client.messages.create(messages=messages, stream=True, **ASKED):
        pass


def stream_helper():
    """Hold the conversation with the client's own help for streams."""
    client = anthropic()
    with client.messages.stream(messages=[{"role": "user", "content": QUESTION}], **ASKED) as stream:
        said = stream.get_final_message()
    with client.messages.stream(messages=went_on(said.content), **ASKED) as stream:
        return stream.get_final_message()


def went_on(content):
    """Write what was said so far, and the result of the tool."""
    blocks = [block.model_dump(exclude_none=True) for block in content]
    call = next(block for block in blocks if block["type"] == "tool_use")
    result = {"type": "tool_result", "tool_use_id": call["id"], "content": json.dumps(find_order(**call["input"]))}
    return [
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": blocks},
        {"role": "user", "content": [result]},
    ]
