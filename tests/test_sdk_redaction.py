"""Redaction as a server sees it: what was private when a span ended does not leave, whatever is configured later."""

import pytest

from tests.support.sdk_programs import run
from tests.support.sink import Sink

pytestmark = pytest.mark.slow

ASK = """
import trilha
def ask(text):
    with trilha.start_span("ask") as span:
        span.set_inputs(text)
def mask(span):
    span.set_inputs("hidden")
"""


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("tracing.configure(span_processors=[mask])", "tracing.configure(span_processors=[])"),
        ("tracing.configure(span_processors=[mask])", "tracing.reset()"),
        ("tracing.configure(captures_content=False)", "tracing.configure(captures_content=True)"),
        ("os.environ['TRILHA_CAPTURE_CONTENT'] = 'false'", "del os.environ['TRILHA_CAPTURE_CONTENT']; tracing.reset()"),
    ],
)
@pytest.mark.parametrize("is_warm", [False, True])
def test_what_ends_under_some_rules_is_sent_under_them(first: str, then: str, *, is_warm: bool):
    program = f"""
{ASK}
from trilha import tracing
if {is_warm}:
    ask("warm"); trilha.flush_trace_async_logging(); tracing.reset()
{first}
for _ in range(50):
    ask("private")
{then}
for _ in range(50):
    ask("open")
"""
    with Sink() as sink:
        ended = run(program, sink.url)
    assert ended.code == 0, ended.err
    sent = [span.SerializeToString() for request in sink.accepted for span in request.spans]
    assert len(sent) == 100 + is_warm
    assert not [span for span in sent if b"private" in span]
    assert len([span for span in sent if b"open" in span]) == 50
