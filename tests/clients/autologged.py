"""Hold the conversation through several libraries while `trilha` traces each of them by itself, by one line."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import asyncio
import contextlib
import json
import os
import warnings

import calling_anthropic
import calling_langchain
import calling_openai
import trilha
from anthropic import AsyncAnthropic
from conversation import ANSWER, BROKEN_MODEL, MODEL, QUESTION, SYSTEM, TOOL, find_order, found
from openai import AsyncOpenAI, OpenAIError
from report import write_report

SESSION, USER = "session-of-the-request", "bea"
TRACES = {}


@trilha.trace(span_type="AGENT")
def answer(question, way):
    """Hold the conversation in one of the ways."""
    trilha.update_current_trace(session_id=SESSION, user=USER)
    WAYS[way]()
    return ANSWER


@trilha.trace(name="answer", span_type="AGENT")
async def answer_async(question, way):
    """Hold the conversation in one of the ways that wait for nothing."""
    trilha.update_current_trace(session_id=SESSION, user=USER)
    await ASYNC_WAYS[way]()
    return ANSWER


async def chat_async():
    """Hold the conversation with OpenAI's asynchronous client."""
    async with AsyncOpenAI(max_retries=0) as client:
        asked = {"model": MODEL, "tools": calling_openai.TOOLS}
        messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]
        said = (await client.chat.completions.create(messages=messages, **asked)).choices[0].message
        call = said.tool_calls[0]
        messages.append(said.model_dump(exclude_none=True))
        messages.append({"role": "tool", "tool_call_id": call.id, "content": found(call.function.arguments)})
        await client.chat.completions.create(messages=messages, **asked)


async def stream_async():
    """Hold the conversation in OpenAI's asynchronous streams."""
    async with AsyncOpenAI(max_retries=0) as client:
        asked = {"model": MODEL, "tools": calling_openai.TOOLS, "stream": True}
        asked["stream_options"] = {"include_usage": True}
        called = {"name": TOOL, "arguments": json.dumps({"number": 17})}
        messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]
        async for _ in await client.chat.completions.create(messages=messages, **asked):
            pass
        messages.append(
            {"role": "assistant", "tool_calls": [{"id": "call_17", "type": "function", "function": called}]}
        )
        messages.append({"role": "tool", "tool_call_id": "call_17", "content": found(called["arguments"])})
        async for _ in await client.chat.completions.create(messages=messages, **asked):
            pass


async def ask_at_once():
    """Ask OpenAI's client twice at the same time, each within a step of its own."""
    async with AsyncOpenAI(max_retries=0) as client:
        await asyncio.gather(step_async("first", client), step_async("second", client))


@trilha.trace
async def step_async(name, client):
    """Ask within a span."""
    await asyncio.sleep(0)
    await client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": QUESTION}])


async def chat_anthropic_async():
    """Hold the conversation with Anthropic's asynchronous client."""
    async with AsyncAnthropic(max_retries=0) as client:
        asked = calling_anthropic.ASKED
        said = await client.messages.create(messages=[{"role": "user", "content": QUESTION}], **asked)
        await client.messages.create(messages=calling_anthropic.went_on(said.content), **asked)


async def graph_async():
    """Let a graph find the order without waiting."""
    agent = calling_langchain.create_agent(
        calling_langchain.ChatOpenAI(model=MODEL),
        [calling_langchain.find_order],
        system_prompt=SYSTEM,
        name="shop_agent",
    )
    await agent.ainvoke({"messages": [calling_langchain.HumanMessage(QUESTION)]})


def leave_early():
    """Stop listening to a stream after its first words."""
    messages = [{"role": "user", "content": QUESTION}]
    with calling_openai.openai().chat.completions.create(model=MODEL, messages=messages, stream=True) as chunks:
        next(iter(chunks))


def fail_through():
    """Ask a model that is broken, and let the error pass."""
    calling_openai.openai().chat.completions.create(
        model=BROKEN_MODEL, messages=[{"role": "user", "content": QUESTION}]
    )


WAYS = {
    "openai chat": calling_openai.chat,
    "openai stream": calling_openai.stream,
    "openai responses": calling_openai.responses,
    "openai responses_stream": calling_openai.responses_stream,
    "openai embed": calling_openai.embed,
    "openai leave_early": leave_early,
    "openai fail": calling_openai.fail,
    "openai fail_through": fail_through,
    "anthropic chat": calling_anthropic.chat,
    "anthropic stream": calling_anthropic.stream,
    "anthropic stream_helper": calling_anthropic.stream_helper,
    "langchain chain": calling_langchain.chain,
    "langchain stream": calling_langchain.stream,
    "langchain graph": calling_langchain.graph,
    "langchain and openai": calling_langchain.graph,
    "openai off": calling_openai.ask,
    "openai on again": calling_openai.ask,
    "anthropic before": calling_anthropic.chat,
    "anthropic off": calling_anthropic.chat,
    "langchain off": calling_langchain.chain,
}
ASYNC_WAYS = {
    "openai chat_async": chat_async,
    "openai stream_async": stream_async,
    "openai at_once": ask_at_once,
    "anthropic chat_async": chat_anthropic_async,
    "langchain graph_async": graph_async,
}


def hold(library):
    """Hold the conversation in all ways of a library."""
    for way in (
        way for way in WAYS if way.startswith(library) and not way.endswith(("before", "off", "again", "and openai"))
    ):
        with contextlib.suppress(OpenAIError):
            answer(QUESTION, way)
        TRACES[way] = trilha.get_last_active_trace_id()
    for way in (way for way in ASYNC_WAYS if way.startswith(library)):
        asyncio.run(answer_async(QUESTION, way))
        TRACES[way] = trilha.get_last_active_trace_id()


def hold_one(way):
    """Hold the conversation in one way."""
    answer(QUESTION, way)
    TRACES[way] = trilha.get_last_active_trace_id()


def main():
    warnings.simplefilter("ignore")  # of the libraries: about models, and about each other
    trilha.set_experiment(os.environ["EXPERIMENT"])
    calling_langchain.order = trilha.trace(find_order, name="orders", span_type="RETRIEVER")  # what the tool calls

    trilha.openai.autolog()
    trilha.openai.autolog()
    hold("openai")
    hold_one("anthropic before")
    for call in ("ask", "fail"):
        getattr(calling_openai, call)()
        TRACES[f"openai {call} alone"] = trilha.get_last_active_trace_id()
    trilha.openai.autolog(disable=True)
    trilha.openai.autolog(disable=True)
    hold_one("openai off")
    trilha.openai.autolog()
    hold_one("openai on again")
    trilha.openai.autolog(disable=True)

    trilha.anthropic.autolog()
    hold("anthropic")
    trilha.anthropic.autolog(disable=True)
    hold_one("anthropic off")

    trilha.langchain.autolog()
    trilha.langgraph.autolog()
    hold("langchain")
    trilha.openai.autolog()
    hold_one("langchain and openai")
    trilha.openai.autolog(disable=True)
    trilha.langgraph.autolog(disable=True)
    hold_one("langchain off")

    trilha.flush_trace_async_logging()
    write_report({"traces": TRACES, "unsent": trilha.tracing.stats().spans_waiting})


main()
