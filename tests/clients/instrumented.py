"""Hold one conversation through several libraries, each under several instrumentations."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import os
from contextlib import contextmanager

import calling_anthropic
import calling_laminar
import calling_langchain
import calling_langfuse
import calling_langsmith
import calling_openai
import calling_pydantic_ai
from conversation import SESSION, USER
from openinference.instrumentation import using_attributes
from openinference.instrumentation.anthropic import AnthropicInstrumentor as OpenInferenceAnthropic
from openinference.instrumentation.langchain import LangChainInstrumentor as OpenInferenceLangChain
from openinference.instrumentation.openai import OpenAIInstrumentor as OpenInferenceOpenAI
from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor as OpenLLMetryAnthropic
from opentelemetry.instrumentation.genai.anthropic import AnthropicInstrumentor as GenAIAnthropic
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor as GenAIOpenAI
from opentelemetry.instrumentation.langchain import LangchainInstrumentor as OpenLLMetryLangChain
from opentelemetry.instrumentation.openai import OpenAIInstrumentor as OpenLLMetryOpenAI
from report import write_report
from telling import Telling, instrumented, provided

CONVERSATIONS = ("chat", "stream", "stream_helper", "responses", "responses_stream")
"""Several calls; made within a span of the application, and so one trace."""

SINGLE_CALLS = ("ask", "embed", "fail", "fail_busy", "chain", "graph")


def hold(telling, library, instrumentor, name):
    """Make every call of a library under one instrumentation."""
    provider, keeping = provided()
    library_name = library.__name__.removeprefix("calling_")
    with instrumented(instrumentor, provider):
        for call in (call for call in CONVERSATIONS if hasattr(library, call)):
            with telling.under(f"{library_name} {call} {name}", keeping), within_a_request(provider, name):
                getattr(library, call)()
        for call in (call for call in SINGLE_CALLS if hasattr(library, call)):
            with telling.under(f"{library_name} {call} {name}", keeping):
                getattr(library, call)()
    provider.shutdown()


@contextmanager
def within_a_request(provider, name):
    """Make a span of the application; who is served is told as the instrumentation has it, or by the span."""
    tracer = provider.get_tracer("shop")
    if name == "openinference":
        with using_attributes(session_id=SESSION, user_id=USER), tracer.start_as_current_span("answer"):
            yield
    else:
        told = {"session.id": SESSION, "user.id": USER}
        with tracer.start_as_current_span("answer", attributes=told):
            yield


def hold_under_two(telling):
    """Let both an agent and the client below it tell of each call."""
    provider, keeping = provided()
    with instrumented(OpenInferenceOpenAI(), provider), telling.under("pydantic_ai twice", keeping):
        calling_pydantic_ai.agent(provider)
    provider.shutdown()


def hold_by_pydantic_ai(telling):
    """Let Pydantic AI tell of itself."""
    provider, keeping = provided()
    for call in ("agent", "stream"):
        with telling.under(f"pydantic_ai {call}", keeping):
            getattr(calling_pydantic_ai, call)(provider)
    provider.shutdown()


def hold_by_langfuse(telling):
    """Tell by Langfuse's client, which brings what sends."""
    provider, keeping = provided(exports=False)
    langfuse = calling_langfuse.client(provider)
    for call in ("by_hand", "wrapped"):
        with telling.under(f"langfuse {call}", keeping):
            getattr(calling_langfuse, call)(langfuse)
    provider.shutdown()


def hold_by_langsmith(telling):
    """Tell by LangSmith's client."""
    provider, keeping = provided()
    with telling.under("langsmith agent", keeping):
        calling_langsmith.agent(provider)
    provider.shutdown()


def hold_by_laminar(telling):
    """Tell by Laminar's client, which brings everything."""
    keeping = calling_laminar.initialise()
    with telling.under("laminar agent", keeping):
        calling_laminar.agent()


def main():
    os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "span_only"  # else genai tells no words
    telling = Telling()
    hold(telling, calling_langchain, OpenInferenceLangChain(), "openinference")
    hold(telling, calling_langchain, OpenLLMetryLangChain(), "openllmetry")
    hold(telling, calling_anthropic, OpenInferenceAnthropic(), "openinference")
    hold(telling, calling_anthropic, GenAIAnthropic(), "genai")
    hold(telling, calling_anthropic, OpenLLMetryAnthropic(), "openllmetry")
    hold(telling, calling_openai, OpenInferenceOpenAI(), "openinference")
    hold(telling, calling_openai, GenAIOpenAI(), "genai")
    hold_under_two(telling)
    hold_by_pydantic_ai(telling)
    hold_by_langfuse(telling)
    hold_by_langsmith(telling)
    # The last two do not let go of the library.
    hold(telling, calling_openai, OpenLLMetryOpenAI(), "openllmetry")
    hold_by_laminar(telling)
    write_report({"traces": telling.traces, "recorded": telling.recorded})


main()
