"""LangSmith's client, which tells OpenTelemetry instead of its own service."""
# pyright: basic, reportMissingImports=false

import calling_openai
from conversation import QUESTION, SESSION
from conversation import find_order as order
from langsmith import Client, traceable, tracing_context
from langsmith.wrappers import wrap_openai
from openai import OpenAI


@traceable(run_type="tool")
def find_order(number):
    """Look up the state of an order."""
    return order(number)


@traceable(run_type="retriever")
def find_policies(question):
    """Find the shop's rules."""
    return [{"page_content": "Orders arrive in two days.", "type": "Document", "metadata": {"source": "policies.md"}}]


@traceable(name="answer")
def answer(question):
    """Hold the conversation with OpenAI's client as LangSmith wraps it."""
    find_policies(question)
    find_order(17)
    return calling_openai.chat(wrap_openai(OpenAI())).choices[0].message.content


def agent(provider):
    """Let everything be told to OpenTelemetry."""
    client = Client(api_key="ls-test", api_url="http://127.0.0.1:9", otel_tracer_provider=provider, tracing_mode="otel")
    with tracing_context(enabled=True, client=client):
        answer(QUESTION, langsmith_extra={"metadata": {"session_id": SESSION}})
    client.flush()
