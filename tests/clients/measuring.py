"""Ask what traces, spans and assessments come to, as MLflow's UI does."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import os

import mlflow
from mlflow import MlflowClient
from mlflow.entities.trace_metrics import AggregationType, MetricAggregation, MetricViewType
from mlflow.tracing.client import TracingClient
from report import attempt, write_report

START_MS = 1_795_212_000_000  # 2026-11-20T22:00:00Z
HOUR_MS = 3_600_000
NS_PER_MS = 1_000_000

# name, start, duration in ms, session, tokens in and out, cost, fails
CALLS = [
    ("ask", 0, 100, "s1", (10, 5), 0.5, False),
    ("ask", 1000, 200, "s1", (20, 5), 0.25, False),
    ("ask", HOUR_MS, 400, "s2", (60, 5), 0.125, False),
    ("sum", 2 * HOUR_MS, 1000, None, None, None, True),
]


def call(client, experiment_id, told):
    """Make a trace of two spans at a certain time."""
    name, offset_ms, duration_ms, session, tokens, cost, fails = told
    start_ns, end_ns = ((START_MS + offset_ms + more) * NS_PER_MS for more in (0, duration_ms))
    metadata = {} if session is None else {"mlflow.trace.session": session}
    root = mlflow.start_span_no_context(
        name, experiment_id=experiment_id, start_time_ns=start_ns, tags={"team": name}, metadata=metadata
    )
    llm = client.start_span(
        f"{name} model", root.trace_id, parent_id=root.span_id, span_type="CHAT_MODEL", start_time_ns=start_ns
    )
    if tokens is not None:
        usage = {"input_tokens": tokens[0], "output_tokens": tokens[1], "total_tokens": sum(tokens)}
        llm.set_attribute("mlflow.chat.tokenUsage", {**usage, "cache_read_input_tokens": tokens[0] // 10})
        llm.set_attribute("mlflow.llm.cost", {"input_cost": cost, "output_cost": cost, "total_cost": 2 * cost})
        llm.set_attributes({"mlflow.llm.model": "m-1", "mlflow.llm.provider": "acme"})
    client.end_span(root.trace_id, llm.span_id, status="ERROR" if fails else "OK", end_time_ns=end_ns)
    root.end(status="ERROR" if fails else "OK", end_time_ns=end_ns)
    return root.trace_id


def aggregation(text):
    """Read `P95` or the name of an aggregation."""
    if text.startswith("P"):
        return MetricAggregation(AggregationType.PERCENTILE, float(text[1:]))
    return MetricAggregation(AggregationType(text))


class Asking:
    """Asks about one experiment."""

    def __init__(self, store, experiment_id):
        self.store = store
        self.experiment_id = experiment_id

    def page(self, view, metric, *aggregations, **how):
        return self.store.query_trace_metrics(
            [self.experiment_id], MetricViewType(view), metric, [aggregation(text) for text in aggregations], **how
        )

    def points(self, *asked, **how):
        return [[point.metric_name, point.dimensions, point.values] for point in self.page(*asked, **how)]

    def refused(self, *asked, **how):
        return attempt(lambda: self.points(*asked, **how))


def about_traces(ask):
    """Ask about traces."""
    times = {"start_time_ms": START_MS, "end_time_ms": START_MS + 2 * HOUR_MS, "time_interval_seconds": 3600}
    tokens = ("input_tokens", "output_tokens", "total_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    return {
        "count": ask.points("TRACES", "trace_count", "COUNT"),
        "by name and status": ask.points("TRACES", "trace_count", "COUNT", dimensions=["trace_name", "trace_status"]),
        "by hour": ask.points("TRACES", "trace_count", "COUNT", **times),
        "sessions": ask.points("TRACES", "session_count", "COUNT"),
        "sessions by hour": ask.points("TRACES", "session_count", "COUNT", **times),
        "latency": ask.points("TRACES", "latency", "AVG", "MIN", "MAX", "P50", "P95"),
        "latency by name": ask.points("TRACES", "latency", "AVG", "P50", dimensions=["trace_name"]),
        "tokens": {name: ask.points("TRACES", name, "SUM", "AVG", "MIN", "MAX", "P50") for name in tokens},
        "failed": ask.points("TRACES", "trace_count", "COUNT", filters=["trace.status = 'ERROR'"]),
        "of a team": ask.points("TRACES", "trace_count", "COUNT", filters=["trace.tag.team = 'ask'"]),
        "of a session": ask.points(
            "TRACES", "trace_count", "COUNT", filters=["trace.metadata.`mlflow.trace.session` = 's1'"]
        ),
        "of nobody": ask.points("TRACES", "trace_count", "COUNT", filters=["trace.tag.team = 'nobody'"]),
        "latency of nobody": ask.points("TRACES", "latency", "AVG", filters=["trace.tag.team = 'nobody'"]),
    }


def about_spans(ask):
    """Ask about spans."""
    by_model = {"dimensions": ["span_model_name", "span_model_provider"]}
    return {
        "count": ask.points("SPANS", "span_count", "COUNT", dimensions=["span_type", "span_status"]),
        "of one name": ask.points("SPANS", "span_count", "COUNT", filters=["span.name = 'ask model'"]),
        "latency": ask.points("SPANS", "latency", "AVG", "MAX", "P50", dimensions=["span_name"]),
        "cost": ask.points("SPANS", "total_cost", "SUM", "AVG", "P50", **by_model),
        "cost of input": ask.points("SPANS", "input_cost", "SUM", dimensions=["span_model_name"]),
    }


def about_assessments(ask):
    """Ask about assessments."""
    quality = {"filters": ["assessment.name = 'quality'"]}
    return {
        "count": ask.points("ASSESSMENTS", "assessment_count", "COUNT", dimensions=["assessment_name"]),
        "values": ask.points("ASSESSMENTS", "assessment_count", "COUNT", dimensions=["assessment_value"], **quality),
        "scores": ask.points(
            "ASSESSMENTS", "assessment_value", "AVG", "MIN", "MAX", "P50", dimensions=["assessment_name"]
        ),
        "expectations": ask.points(
            "ASSESSMENTS", "assessment_count", "COUNT", filters=["assessment.type = 'expectation'"]
        ),
    }


def refusals(ask):
    """Ask what cannot be answered."""
    return {
        "metric": ask.refused("TRACES", "nothing", "COUNT"),
        "aggregation": ask.refused("TRACES", "trace_count", "SUM"),
        "dimension": ask.refused("TRACES", "latency", "AVG", dimensions=["trace_status"]),
        "times": ask.refused("TRACES", "trace_count", "COUNT", time_interval_seconds=60),
        "comparator": ask.refused("TRACES", "trace_count", "COUNT", filters=["trace.status != 'OK'"]),
        "view": ask.refused("TRACES", "trace_count", "COUNT", filters=["span.name = 'x'"]),
        "key": ask.refused("TRACES", "trace_count", "COUNT", filters=["trace.tag = 'x'"]),
    }


def pages(ask):
    """Read all points, one at a time."""
    found, token = [], None
    while True:
        page = ask.page("TRACES", "trace_count", "COUNT", dimensions=["trace_name"], max_results=1, page_token=token)
        found += [point.dimensions["trace_name"] for point in page]
        token = page.token
        if token is None:
            return found


def main():
    experiment_id = mlflow.set_experiment(os.environ["EXPERIMENT"]).experiment_id
    client = MlflowClient()
    ids = [call(client, experiment_id, each) for each in CALLS]
    mlflow.flush_trace_async_logging()
    for trace_id, value in zip(ids, (True, "yes", 0.5, "good"), strict=True):
        mlflow.log_feedback(trace_id=trace_id, name="quality", value=value)
    mlflow.log_expectation(trace_id=ids[0], name="expected", value="an answer")
    tracing = TracingClient()
    ask = Asking(tracing.store, experiment_id)
    found = tracing.calculate_trace_filter_correlation([experiment_id], "status = 'ERROR'", "tags.team = 'sum'")
    apart = tracing.calculate_trace_filter_correlation(
        [experiment_id], "status = 'ERROR'", "tags.team = 'ask'", base_filter="timestamp_ms > 0"
    )
    write_report(
        {
            "traces": about_traces(ask),
            "spans": about_spans(ask),
            "assessments": about_assessments(ask),
            "refused": refusals(ask),
            "pages": pages(ask),
            "together": vars(found),
            "apart": vars(apart),
        }
    )


main()
