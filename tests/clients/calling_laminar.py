"""Laminar's client: what it observes, and OpenAI's client as it instruments it."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import os

import calling_openai
import lmnr.opentelemetry_lib.tracing
from conversation import QUESTION, SESSION, TOOL, USER, find_order
from lmnr import Instruments, Laminar, observe
from telling import ADDRESS, HEADERS, Keeping


def initialise():
    """Make it send to the server; give what keeps its spans."""
    os.environ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = ADDRESS
    os.environ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] = "http/protobuf"
    os.environ["OTEL_EXPORTER_OTLP_TRACES_HEADERS"] = ",".join(f"{key}={value}" for key, value in HEADERS.items())
    Laminar.initialize(instruments={Instruments.OPENAI}, set_global_tracer_provider=False)
    keeping = Keeping()
    lmnr.opentelemetry_lib.tracing._tracer_provider.add_span_processor(keeping)  # it is shown nowhere else
    return keeping


@observe()
def answer(question):
    """Hold the conversation."""
    Laminar.set_trace_session_id(SESSION)
    Laminar.set_trace_user_id(USER)
    look_up(17)
    return calling_openai.chat().choices[0].message.content


@observe(name=TOOL, span_type="TOOL")
def look_up(number):
    """Look up the state of an order."""
    return find_order(number)


def agent():
    """Let everything be told."""
    answer(QUESTION)
    Laminar.flush()
