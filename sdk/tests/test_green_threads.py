"""gevent may be switched on after the import: from then on, only what it has replaced may be waited on."""

import pytest

from sdk.tests.answering import Answering
from tests.support.sdk_programs import run

pytestmark = pytest.mark.slow

PROGRAM = """
import queue
made = []
class Replaced(queue.Queue):
    def __init__(self):
        super().__init__()
        made.append(self)
queue.SimpleQueue = Replaced
a_trace()
report(flushed=process.flush(10), spans_sent=process.stats().spans_sent, made=len(made))
"""


def test_queues_that_were_replaced_after_the_import_are_used() -> None:
    with Answering(lambda asked: (200, b"")) as server:
        ended = run(PROGRAM, server.url)
    assert ended.reports == [{"flushed": True, "spans_sent": 3, "made": 3}], ended.err
