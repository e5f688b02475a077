"""Where spans go: to the server, and into the report, one trace a label."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import base64
import os
from contextlib import contextmanager

from google.protobuf.json_format import MessageToDict
from opentelemetry.context import Context, attach, detach
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

ADDRESS = f"{os.environ['TRILHA_URL']}/v1/traces"
HEADERS = {"x-trilha-experiment": os.environ["EXPERIMENT"]}


class Keeping(SpanProcessor):
    """Keeps finished spans, to tell which traces there were and how they were written."""

    def __init__(self):
        self.spans = []

    def on_end(self, span):
        self.spans.append(span)


class Telling:
    """Tells of each trace under a label."""

    def __init__(self):
        self.traces, self.recorded = {}, {}

    @contextmanager
    def under(self, label, keeping):
        """Tell of the trace that is made meanwhile."""
        before = len(keeping.spans)
        token = attach(Context())  # some instrumentations leave their spans in the context
        yield
        detach(token)
        self.note(label, keeping.spans[before:])

    def note(self, label, spans):
        """Tell of a trace."""
        trace_ids = {span.context.trace_id for span in spans}
        if len(trace_ids) != 1:
            raise ValueError(f"{label} made {len(trace_ids)} traces: {[span.name for span in spans]}")
        self.traces[label] = f"tr-{trace_ids.pop():032x}"
        self.recorded[label] = otlp_json(spans)


def exporter():
    """Make what sends spans to the server."""
    return OTLPSpanExporter(endpoint=ADDRESS, headers=HEADERS)


def provided(*, exports=True):
    """Make a provider of tracers, and what keeps their spans."""
    provider, keeping = TracerProvider(resource=Resource({"service.name": "shop"})), Keeping()
    provider.add_span_processor(keeping)
    if exports:
        provider.add_span_processor(BatchSpanProcessor(exporter()))
    return provider, keeping


def otlp_json(spans):
    """Write spans as OTLP does in JSON: ids in hexadecimal."""
    document = MessageToDict(encode_spans(sorted(spans, key=lambda span: span.start_time)))
    for resource_spans in document["resourceSpans"]:
        for scope_spans in resource_spans["scopeSpans"]:
            for span in scope_spans["spans"]:
                for key in {"traceId", "spanId", "parentSpanId"} & span.keys():
                    span[key] = base64.b64decode(span[key]).hex()
                for link in span.get("links", []):
                    link |= {key: base64.b64decode(link[key]).hex() for key in ("traceId", "spanId")}
    return document


@contextmanager
def instrumented(instrumentor, provider, **settings):
    """Instrument a library, and leave it as it was afterwards."""
    instrumentor.instrument(tracer_provider=provider, skip_dep_check=True, **settings)
    try:
        yield
    finally:
        instrumentor.uninstrument()
