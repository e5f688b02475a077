"""Trace calls of every kind, then read each trace back."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import asyncio
import contextlib
import contextvars
import inspect
import os
import threading

import mlflow
from mlflow.entities import SpanType
from report import trace_document, write_report

CAN_NAME_SESSION = "session_id" in inspect.signature(mlflow.update_current_trace).parameters
CAN_JUDGE = os.environ.get("CAN_JUDGE") == "yes"
STATE = {} if os.environ.get("CAN_END_OTHERWISE") == "no" else {"state": "ERROR"}

LONG_TEXT = "långt " * 500
DEEP = {"a": [1, 2.5, None, True, {"b": "é"}], "empty": [], "nothing": {}, "big": 2**53 + 1}


@mlflow.trace(span_type=SpanType.TOOL)
def look_up(key):
    return {"found": key}


@mlflow.trace(name="answer", span_type=SpanType.AGENT)
def answer(q):
    mlflow.update_current_trace(
        tags={"environment": "production", "chave/ção": "útil"},
        metadata={"variant": "B"},
        client_request_id="req-1",
    )
    if CAN_NAME_SESSION:
        mlflow.update_current_trace(session_id="session-1", user="user-1")
    else:
        mlflow.update_current_trace(metadata={"mlflow.trace.session": "session-1", "mlflow.trace.user": "user-1"})
    look_up("k")
    with mlflow.start_span(name="manual", span_type=SpanType.RETRIEVER) as span:
        span.set_inputs({"q": q})
        span.set_attributes({"text": "x", "whole": 7, "real": 1.25, "yes": True, "no": False, "deep": DEEP})
        span.add_event(mlflow.entities.SpanEvent(name="cache miss", attributes={"key": "k", "tries": 2}))
        span.set_outputs(DEEP)
    return {"answer": q.upper()}


@mlflow.trace
def breaks():
    raise ValueError("quebrou: böom")


@mlflow.trace
def recovers():
    try:
        breaks()
    except ValueError:
        return "recovered"


@mlflow.trace
def counts(limit):
    yield from range(limit)


@mlflow.trace
async def waits(x):
    await asyncio.sleep(0.001)
    return look_up(x)


@mlflow.trace
def previews(x):
    mlflow.update_current_trace(request_preview="in short", response_preview="out short", **STATE)
    return x


@mlflow.trace
def renames_source():
    mlflow.update_current_trace(metadata={"mlflow.source.name": "inference.py"})


@mlflow.trace
def long(text):
    mlflow.update_current_trace(tags={"long": "t" * 4_000})
    return text


@mlflow.trace
def returns_nothing(x):
    return None


@mlflow.trace
def absent_values():
    mlflow.update_current_trace(tags={"present": "1", "mlflow.trace.session": None, "mlflow.trace.user": None})


@mlflow.trace
def counts_tokens():
    for tokens in (10, 20):
        with mlflow.start_span(name="chat", span_type=SpanType.CHAT_MODEL) as span:
            usage = {"input_tokens": tokens, "output_tokens": 1, "total_tokens": tokens + 1}
            span.set_attribute("mlflow.chat.tokenUsage", usage)


@mlflow.trace
def pays():
    usage = {"input_tokens": 30, "output_tokens": 3, "total_tokens": 33}
    own_cost = {"input_cost": 0.25, "output_cost": 0.5, "total_cost": 0.75}
    calls = {
        "listed": {"mlflow.llm.model": "gpt-4o-mini", "mlflow.llm.provider": "openai"},
        "own": {"mlflow.llm.model": "gpt-4o-mini", "mlflow.llm.cost": own_cost},
        "unknown": {"mlflow.llm.model": "our-own-model"},
    }
    for name, told in calls.items():
        with mlflow.start_span(name=name, span_type=SpanType.CHAT_MODEL) as span:
            span.set_attributes({"mlflow.chat.tokenUsage": usage, **told})


@mlflow.trace
def spreads():
    here = [contextvars.copy_context() for _ in range(3)]
    threads = [threading.Thread(target=context.run, args=(look_up, number)) for number, context in enumerate(here)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@mlflow.trace
def judged():
    if CAN_JUDGE:
        mlflow.log_feedback(
            trace_id=mlflow.get_current_active_span().trace_id, name="helpful", value=True, rationale="because"
        )


@mlflow.trace
def many_spans():
    for number in range(120):
        look_up(number)


def detached():
    root = mlflow.start_span_no_context(name="detached", inputs={"x": 1})
    child = mlflow.start_span_no_context(name="detached child", parent_span=root)
    child.end()
    root.end(outputs={"y": 2})
    return root.trace_id


def fails():
    with contextlib.suppress(ValueError):
        breaks()


def main():
    mlflow.set_experiment(os.environ["EXPERIMENT"])
    calls = {
        "answer": lambda: answer("wörld"),
        "fails": fails,
        "recovers": recovers,
        "counts": lambda: list(counts(3)),
        "waits": lambda: asyncio.run(waits("a")),
        "previews": lambda: previews("x"),
        "renames_source": renames_source,
        "long": lambda: long(LONG_TEXT),
        "returns_nothing": lambda: returns_nothing(None),
        "absent_values": absent_values,
        "counts_tokens": counts_tokens,
        "pays": pays,
        "spreads": spreads,
        "judged": judged,
        "many_spans": many_spans,
    }
    trace_ids = {}
    for label, call in calls.items():
        call()
        trace_ids[label] = mlflow.get_last_active_trace_id()
    trace_ids["detached"] = detached()
    if os.environ.get("MLFLOW_ENABLE_ASYNC_TRACE_LOGGING") != "false":
        mlflow.flush_trace_async_logging()
    found = mlflow.search_traces(return_type="list")
    write_report(
        {
            "version": mlflow.__version__,
            "traces": {label: trace_document(mlflow.get_trace(trace_id)) for label, trace_id in trace_ids.items()},
            "found": {trace.info.trace_id: len(trace.data.spans) for trace in found},
        }
    )


main()
