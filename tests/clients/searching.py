"""Make a few traces that differ, then search them in every way that is asked for."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import contextlib
import inspect
import json
import os
import time
from pathlib import Path

import mlflow
from mlflow.entities import SpanType
from report import attempt, write_report

IS_OLDEST = "session_id" not in inspect.signature(mlflow.update_current_trace).parameters


def call_model(text, fails):
    """Trace a call of a model that may fail."""
    with mlflow.start_span(name="model", span_type=SpanType.CHAT_MODEL) as model:
        tokens = 10 * (len(text) + 1)
        usage = {"input_tokens": tokens, "output_tokens": 1, "total_tokens": tokens + 1}
        model.set_attribute("mlflow.chat.tokenUsage", usage)
        if fails:
            raise RuntimeError("child")


def call(name, told, *, text, pause_s, color, fails):
    """Trace one call; its child `model` fails where the metadata say so."""
    with mlflow.start_span(name=name, span_type=SpanType.CHAIN) as root:
        root.set_inputs({"text": text})
        mlflow.update_current_trace(**told)
        with mlflow.start_span(name="tool", span_type=SpanType.TOOL) as tool:
            tool.set_attributes({"color": color})
        with contextlib.suppress(RuntimeError):
            call_model(text, told["metadata"].get("child") == "fails")
        time.sleep(pause_s)
        if fails:
            raise ValueError(name)


def make(name, told, *, text="plain", pause_s=0.0, color="blue", fails=False):
    """Trace one call and name its trace."""
    with contextlib.suppress(ValueError):
        call(name, told, text=text, pause_s=pause_s, color=color, fails=fails)
    time.sleep(0.005)  # so that no two begin in the same millisecond
    return mlflow.get_last_active_trace_id()


def told(tags, metadata, request_id=None):
    """Put together what is said of a trace."""
    return {"tags": tags, "metadata": metadata, **({"client_request_id": request_id} if request_id else {})}


def user(session, name):
    return {"mlflow.trace.session": session, "mlflow.trace.user": name}


def make_all():
    """Make the traces, oldest first, and name them by number."""
    return [
        make(
            "handler-0",
            told(
                {"idx": "0", "environment": "production"},
                {"variant": "A", "mlflow.modelId": "m-1", **user("s-1", "u-1")},
                "req-0",
            ),
            color="red",
        ),
        make(
            "handler-1",
            told(
                {"idx": "1", "environment": "production"},
                {"variant": "B", "child": "fails", **user("s-1", "u-2")},
                "req-1",
            ),
        ),
        make(
            "handler-2",
            told({"idx": "2", "environment": "staging"}, {"variant": "A"}, "req-2"),
            fails=True,
            pause_s=1.0,  # longer than any of the others on a machine that is busy
        ),
        make("other-3", told({"idx": "3", "quote": "it's", "rate": "100%"}, {}), text="agulha no palheiro"),
        make("other-4", told({"idx": "4", "environment": "Production", **user("s-4", "u-4")}, {})),
    ]


def judge(ids):
    """Give feedback and expectations; the last trace's feedback is overridden."""
    for number, (quality, score) in enumerate([("good", 0.9), ("bad", 0.2)]):
        mlflow.log_feedback(trace_id=ids[number], name="quality", value=quality)
        mlflow.log_feedback(trace_id=ids[number], name="score", value=score)
    mlflow.log_feedback(trace_id=ids[0], name="ok", value=True)
    mlflow.log_feedback(trace_id=ids[2], name="score", value=5)
    mlflow.log_expectation(trace_id=ids[3], name="quality", value="great")
    first = mlflow.log_feedback(trace_id=ids[4], name="quality", value="good")
    mlflow.override_feedback(trace_id=ids[4], assessment_id=first.assessment_id, value="poor")


def search(ids, words, query):
    """Search once; answer with the numbers of the traces that were found, in order."""
    filter_string, order_by = query["filter"], query["order_by"]
    for word, value in words.items():
        filter_string = filter_string and filter_string.replace(f"{{{word}}}", str(value))
    found = mlflow.search_traces(
        filter_string=filter_string, order_by=order_by, return_type="list", include_spans=False
    )
    return [ids.index(trace.info.trace_id) for trace in found]


def main():
    mlflow.set_experiment(os.environ["EXPERIMENT"])
    ids = make_all()
    if not IS_OLDEST:
        mlflow.flush_trace_async_logging()
        judge(ids)
    words = {}
    for number, trace_id in enumerate(ids):
        info = mlflow.get_trace(trace_id).info
        words[f"id{number}"] = trace_id
        words[f"t{number}"] = info.request_time
        words[f"e{number}"] = info.request_time + info.execution_duration
    queries = json.loads(Path(os.environ["QUERIES"]).read_text())
    write_report({"found": [attempt(lambda query=query: search(ids, words, query)) for query in queries]})


main()
