"""Pydantic AI: an agent with a tool."""
# pyright: basic, reportMissingImports=false

import json

from conversation import MODEL, QUESTION, SESSION, SYSTEM
from conversation import find_order as order
from pydantic_ai import Agent
from pydantic_ai.models.instrumented import InstrumentationSettings
from pydantic_ai.models.openai import OpenAIChatModel


def shop_agent(provider):
    agent = Agent(OpenAIChatModel(MODEL), instructions=SYSTEM, name="shop_agent")
    agent.instrument = InstrumentationSettings(tracer_provider=provider)

    @agent.tool_plain
    def find_order(number: int) -> str:
        """Look up the state of an order."""
        return json.dumps(order(number))

    return agent


def agent(provider):
    """Let the agent answer."""
    return shop_agent(provider).run_sync(QUESTION, conversation_id=SESSION)


def stream(provider):
    """Let the agent answer in a stream."""
    with shop_agent(provider).run_stream_sync(QUESTION, conversation_id=SESSION) as said:
        return list(said.stream_text())
