"""Langfuse's own client: what it observes by hand, and OpenAI's client as it wraps it."""
# pyright: basic, reportMissingImports=false

import calling_openai
from conversation import ANSWER, MODEL, QUESTION, SESSION, SYSTEM, TOOL, USER, find_order
from langfuse import Langfuse, propagate_attributes
from telling import exporter


def client(provider):
    return Langfuse(
        public_key="pk-lf-test", secret_key="sk-lf-test", tracer_provider=provider, span_exporter=exporter()
    )


def by_hand(langfuse):
    """Observe an agent, a retriever, a model and a tool."""
    with (
        propagate_attributes(session_id=SESSION, user_id=USER, tags=["shop"], trace_name="order question"),
        langfuse.start_as_current_observation(name="answer", as_type="agent", input=QUESTION) as agent,
    ):
        asked = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]
        with langfuse.start_as_current_observation(
            name="model", as_type="generation", model=MODEL, input=asked
        ) as generation:
            generation.update(
                output={"role": "assistant", "content": ANSWER},
                usage_details={"input": 56, "input_cached_tokens": 64, "output": 18, "total": 138},
                cost_details={"input": 0.001, "output": 0.002, "total": 0.003},
            )
        with langfuse.start_as_current_observation(name=TOOL, as_type="tool", input={"number": 17}) as span:
            span.update(output=find_order(17))
        agent.update(output=ANSWER)


def wrapped(langfuse):
    """Hold the conversation with OpenAI's client as Langfuse wraps it."""
    from langfuse.openai import OpenAI  # it wraps the client as it is imported

    with (
        propagate_attributes(session_id=SESSION, user_id=USER),
        langfuse.start_as_current_observation(name="answer", as_type="agent", input=QUESTION) as agent,
    ):
        agent.update(output=calling_openai.chat(OpenAI()).choices[0].message.content)
