"""One application that is traced, run by the Python of one SDK's environment: `sdk_worker.py SDK MODE URL [COUNT]`.

It knows nothing but the standard library and the SDK that is measured. What it finds out it prints as lines of JSON.
"""

# ruff: noqa: ARG001, PLC0415, TID251  # each SDK is there in its own environment alone, and is told where to send
# For the same reason:
# pyright: basic, reportMissingImports=false

import functools
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHILDREN = 9
_BURST = 10
_PAUSE_S = 0.05
WORDS = "the order was sent to the customer on the second day after the payment had been confirmed by the bank " * 3
TEXT = WORDS[:190]
Decorate = Callable[[Callable[..., Any]], Callable[..., Any]]


class Sdk:
    """How one SDK decorates a function, and how it is told to send everything."""

    def __init__(self, trace: Decorate, flush: Callable[[], object]) -> None:
        self.trace = trace
        self.flush = flush


def plain(url: str) -> Sdk:
    return Sdk(lambda function: function, lambda: None)


def trilha(url: str) -> Sdk:
    os.environ["TRILHA_TRACKING_URI"] = url
    import trilha

    return Sdk(trilha.trace, trilha.flush_trace_async_logging)


def otel(url: str) -> Sdk:
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{url}/v1/traces")))
    trace.set_tracer_provider(provider)
    tracer = trace.get_tracer("bench")

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(*values: Any) -> Any:
            with tracer.start_as_current_span(function.__name__) as span:
                span.set_attribute("input", json.dumps(values))
                result = function(*values)
                span.set_attribute("output", json.dumps(result))
                return result

        return wrapper

    return Sdk(decorate, provider.force_flush)


def mlflow_tracing(url: str) -> Sdk:
    os.environ["MLFLOW_TRACKING_URI"] = url
    import mlflow
    from mlflow.entities.trace_location import MlflowExperimentLocation

    # Without a destination the lean package drops every trace.
    mlflow.tracing.set_destination(MlflowExperimentLocation("0"))
    return Sdk(mlflow.trace, mlflow.flush_trace_async_logging)


def langfuse(url: str) -> Sdk:
    from langfuse import Langfuse, observe

    client = Langfuse(public_key="pk-bench", secret_key="sk-bench", base_url=url)
    return Sdk(observe(), client.flush)


def logfire(url: str) -> Sdk:
    import logfire

    logfire.configure(
        token="bench", console=False, advanced=logfire.AdvancedOptions(base_url=url), inspect_arguments=False
    )
    return Sdk(logfire.instrument("{name}", record_return=True, extract_args=True), logfire.force_flush)


SDKS = {
    "plain": plain,
    "trilha": trilha,
    "otel": otel,
    "mlflow-tracing": mlflow_tracing,
    "langfuse": langfuse,
    "logfire": logfire,
}


class App:
    """The traced functions."""

    def __init__(self, sdk: Sdk) -> None:
        self.child_ns: list[int] = []
        times = self.child_ns

        def step(number: int, text: str) -> dict[str, object]:
            return {"answer": TEXT, "number": number}

        traced_step = sdk.trace(step)

        def agent(question: str) -> str:
            for number in range(CHILDREN):
                begun_ns = time.perf_counter_ns()
                traced_step(number, TEXT)
                times.append(time.perf_counter_ns() - begun_ns)
            return question

        def root(question: str) -> str:
            return question

        self.agent = sdk.trace(agent)
        self.root = sdk.trace(root)


def measure_import(name: str, url: str) -> None:
    before_s = time.process_time()
    SDKS[name](url)
    cpu_ms = (time.process_time() - before_s) * 1000
    say(cpu_ms=cpu_ms, rss_mb=_rss_mb())
    os._exit(0)


def measure_calls(name: str, url: str, count: int) -> None:
    sdk = SDKS[name](url)
    app = App(sdk)
    for number in range(50):
        app.agent(f"warm {number}")
        app.root(f"warm {number}")
    sdk.flush()
    app.child_ns.clear()
    roots = _paced(lambda number: app.root(f"question {number}"), count)
    trees = _paced(lambda number: app.agent(f"question {number}"), count)
    large = [f"{number:06d}" + "x" * 100_000 for number in range(20)]
    larges = _paced(lambda number: app.root(large[number % len(large)]), count)
    sdk.flush()
    say(
        root_us=_median_us(roots),
        child_us=_median_us(app.child_ns),
        tree_us=_median_us(trees),
        large_us=_median_us(larges),
        root_p99_us=_p99_us(roots),
        tree_p99_us=_p99_us(trees),
    )
    os._exit(0)


def measure_cpu(name: str, url: str, count: int) -> None:
    sdk = SDKS[name](url)
    app = App(sdk)
    for number in range(100):
        app.agent(f"warm {number}")
    sdk.flush()
    before_s = time.process_time()
    for number in range(count):
        app.agent(f"question {number}")
        time.sleep(0.005)
    sdk.flush()
    say(cpu_us=(time.process_time() - before_s) / count * 1e6, rss_mb=_rss_mb())
    os._exit(0)


def run_steadily(name: str, url: str, count: int, rate_per_s: int) -> None:
    """Make traces at a rate, tell each one that has ended, and leave as a program does."""
    app = App(SDKS[name](url))
    say(ready=True)
    begun_s = time.perf_counter()
    calls: list[int] = []
    for number in range(count):
        rest_s = begun_s + number / rate_per_s - time.perf_counter()
        if rest_s > 0:
            time.sleep(rest_s)
        before_ns = time.perf_counter_ns()
        app.agent(f"question {number}")
        calls.append(time.perf_counter_ns() - before_ns)
        print(number + 1, flush=True)
    say(longest_ms=max(calls) / 1e6, over_50_ms=sum(call > 50e6 for call in calls))


def say(**found: object) -> None:
    print(json.dumps(found), flush=True)


def _paced(call: Callable[[int], object], count: int) -> list[int]:
    """Call in bursts: rare calls measure cold caches, an endless loop the SDK's other threads."""
    times: list[int] = []
    for number in range(count):
        before_ns = time.perf_counter_ns()
        call(number)
        times.append(time.perf_counter_ns() - before_ns)
        if number % _BURST == 0:
            time.sleep(_PAUSE_S)
    return times


def _median_us(times_ns: list[int]) -> float:
    return statistics.median(times_ns) / 1000


def _p99_us(times_ns: list[int]) -> float:
    return sorted(times_ns)[int(len(times_ns) * 0.99)] / 1000


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    name, mode, url = sys.argv[1:4]
    numbers = [int(text) for text in sys.argv[4:]]
    modes: dict[str, Callable[..., None]] = {
        "import": measure_import,
        "calls": measure_calls,
        "cpu": measure_cpu,
        "steady": run_steadily,
    }
    modes[mode](name, url, *numbers)


if __name__ == "__main__":
    main()
