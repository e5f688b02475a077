/** Programs that send a first trace, with the address and the experiment of this page filled in. */

export const SNIPPETS = ["trilha", "mlflow", "opentelemetry", "collector", "curl"] as const;
export type SnippetId = (typeof SNIPPETS)[number];

export interface Target {
  /** Of the server, without a slash at the end: `http://127.0.0.1:5000`. */
  readonly url: string;
  readonly experiment: string;
  /** 32 hex digits, another for each page, so that curl sends a new trace. */
  readonly traceId: string;
}

export interface Snippet {
  /** What to install or to set first; empty where nothing is needed. */
  readonly shell: string;
  readonly program: string;
}

/** Write one of the programs. */
export function snippet(id: SnippetId, target: Target): Snippet {
  return WRITERS[id](target);
}

const WRITERS: Record<SnippetId, (target: Target) => Snippet> = {
  trilha: ({ url, experiment }) => ({
    shell: `pip install trilha\nexport TRILHA_TRACKING_URI=${shellText(url)}`,
    program: `import trilha

trilha.set_experiment(${pythonText(experiment)})


@trilha.trace
def answer(question: str) -> str:
    return f"I do not know: {question}"


answer("Where is my order?")`,
  }),
  mlflow: ({ url, experiment }) => ({
    shell: "pip install mlflow-tracing",
    program: `import mlflow

mlflow.set_tracking_uri(${pythonText(url)})
mlflow.set_experiment(${pythonText(experiment)})


@mlflow.trace
def answer(question: str) -> str:
    return f"I do not know: {question}"


answer("Where is my order?")`,
  }),
  opentelemetry: ({ url, experiment }) => ({
    shell: `pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http
export OTEL_EXPORTER_OTLP_ENDPOINT=${shellText(url)}
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_EXPORTER_OTLP_HEADERS=${shellText(`x-trilha-experiment=${encodeURIComponent(experiment).replaceAll("%2F", "/")}`)}`,
    program: `from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)

with trace.get_tracer("first").start_as_current_span("answer") as span:
    span.set_attribute("input.value", "Where is my order?")

provider.shutdown()`,
  }),
  collector: ({ url, experiment }) => ({
    shell: "",
    program: `receivers:
  otlp:
    protocols:
      http:
exporters:
  otlphttp/trilha:
    endpoint: ${JSON.stringify(url)}
    headers:
      x-trilha-experiment: ${JSON.stringify(experiment)}
service:
  pipelines:
    traces:
      receivers: [otlp]
      exporters: [otlphttp/trilha]`,
  }),
  curl: ({ url, experiment, traceId }) => ({
    shell: "",
    program: `now=$(date +%s)
curl ${shellText(`${url}/v1/traces`)} -H 'content-type: application/json' \\
  -H ${shellText(`x-trilha-experiment: ${experiment}`)} -d '
{"resourceSpans": [{"scopeSpans": [{"spans": [{
  "traceId": "${traceId}", "spanId": "${traceId.slice(0, 16)}", "name": "answer",
  "startTimeUnixNano": "'$now'000000000", "endTimeUnixNano": "'$now'250000000",
  "attributes": [{"key": "input.value", "value": {"stringValue": "Where is my order?"}}]}]}]}]}'`,
  }),
};

/** A request that sends one span that ends now, for the test from the page itself. */
export function testSpan(traceId: string, nowMs: number): unknown {
  const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
  const span = {
    traceId,
    spanId: traceId.slice(0, 16),
    name: "test from the page",
    startTimeUnixNano: `${nowMs - 40}000000`,
    endTimeUnixNano: `${nowMs}000000`,
    attributes: [attribute("input.value", "Is anybody there?"), attribute("output.value", "Yes.")],
  };
  return { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] };
}

/** 32 random hex digits. */
export function newTraceId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A text for a POSIX shell: as it is where that is safe, else in single quotes. */
export function shellText(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

/** A string of Python. JSON's strings are Python's too. */
function pythonText(value: string): string {
  return JSON.stringify(value);
}
