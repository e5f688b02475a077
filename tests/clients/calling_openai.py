"""OpenAI's client: chat, streams, Responses, embeddings, failures."""
# pyright: basic, reportMissingImports=false

import contextlib
import functools

from conversation import BROKEN_MODEL, BUSY_MODEL, MODEL, PARAMETERS, QUESTION, SYSTEM, TOOL, TOOL_TEXT, found
from openai import OpenAI, OpenAIError

TOOLS = [{"type": "function", "function": {"name": TOOL, "description": TOOL_TEXT, "parameters": PARAMETERS}}]


@functools.cache
def openai():
    """Make the client: once, since that takes time."""
    return OpenAI(max_retries=0)


def chat(client=None):
    """Hold the conversation in chat completions."""
    client = client or openai()
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]
    said = client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS).choices[0].message
    call = said.tool_calls[0]
    messages.append(said.model_dump(exclude_none=True))
    messages.append({"role": "tool", "tool_call_id": call.id, "content": found(call.function.arguments)})
    return client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS)


def stream():
    """Hold the conversation in streams."""
    client = openai()
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]
    call_id, name, arguments = "", "", ""
    for chunk in streamed(client, messages):
        for choice in chunk.choices:
            for call in choice.delta.tool_calls or []:
                call_id, name = call.id or call_id, call.function.name or name
                arguments += call.function.arguments or ""
    called = {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
    messages.append({"role": "assistant", "tool_calls": [called]})
    messages.append({"role": "tool", "tool_call_id": call_id, "content": found(arguments)})
    return list(streamed(client, messages))


def streamed(client, messages):
    """Ask for a stream that tells its tokens at the end."""
    return client.chat.completions.create(
        model=MODEL, messages=messages, tools=TOOLS, stream=True, stream_options={"include_usage": True}
    )


def responses():
    """Hold the conversation in Responses."""
    client = openai()
    asked = {"model": MODEL, "instructions": SYSTEM, "tools": [{"type": "function", "strict": False, **FUNCTION}]}
    asked["reasoning"] = {"summary": "auto"}
    said = client.responses.create(input=[{"role": "user", "content": QUESTION}], **asked)
    return client.responses.create(input=went_on(said.output), **asked)


def responses_stream():
    """Hold the conversation in streams of Responses."""
    client = openai()
    asked = {"model": MODEL, "instructions": SYSTEM, "tools": [{"type": "function", "strict": False, **FUNCTION}]}
    events = list(client.responses.create(input=QUESTION, stream=True, **asked))
    return list(client.responses.create(input=went_on(events[-1].response.output), stream=True, **asked))


FUNCTION = {"name": TOOL, "description": TOOL_TEXT, "parameters": PARAMETERS}


def went_on(output):
    """Write what was said so far, and the result of the tool."""
    items = [item.model_dump(exclude_none=True) for item in output]
    call = next(item for item in items if item["type"] == "function_call")
    result = {"type": "function_call_output", "call_id": call["call_id"], "output": found(call["arguments"])}
    return [{"role": "user", "content": QUESTION}, *items, result]


def ask():
    """Ask without tools: one call, which is its own trace."""
    return openai().chat.completions.create(model=MODEL, messages=[{"role": "user", "content": QUESTION}])


def embed():
    """Ask for embeddings."""
    return openai().embeddings.create(model="text-embedding-3-small", input=[QUESTION])


def fail():
    """Ask a model that is broken."""
    with contextlib.suppress(OpenAIError):
        openai().chat.completions.create(model=BROKEN_MODEL, messages=[{"role": "user", "content": QUESTION}])


def fail_busy():
    """Ask a model that is too busy."""
    with contextlib.suppress(OpenAIError):
        openai().chat.completions.create(model=BUSY_MODEL, messages=[{"role": "user", "content": QUESTION}])
