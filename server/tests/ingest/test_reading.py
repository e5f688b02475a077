"""Requests are read in a second process while the first is busy, and nobody sees the difference."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
import psutil
import pytest
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from trilha_server.domain.errors import InvalidInput
from trilha_server.ingest import reading as module
from trilha_server.ingest.reading import WORTH_BYTES, Reading
from trilha_server.ingest.reading_process import Form, read
from trilha_server.normalise.otlp import OtlpSpans

from server.tests.support.spans import a_request, a_span

TIMEOUT_S = 20
T = TypeVar("T")


def body(trace: int = 1, text: str = "x" * WORTH_BYTES) -> bytes:
    return a_request(a_span(trace=trace, attributes={"input.value": text})).SerializeToString()


def here(sent: bytes, form: Form) -> OtlpSpans:
    raise AssertionError("read in this process")


def second_processes() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "trilha_server.ingest.reading_process" in child.cmdline()]


async def until_second(reading: Reading) -> None:
    async with asyncio.timeout(TIMEOUT_S):
        while not reading.has_second:
            await reading.read(body(), Form.PROTOBUF)
            await asyncio.sleep(0.01)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(TIMEOUT_S):
        while not is_so():  # noqa: ASYNC110  # of another process
            await asyncio.sleep(0.01)


def with_second(script: Callable[[Reading], Awaitable[T]], monkeypatch: pytest.MonkeyPatch) -> T:
    """Run a script while the second process reads, and this one must not."""

    async def run() -> T:
        reading = Reading(lambda: True, processors=2)
        try:
            await until_second(reading)
            monkeypatch.setattr(module, "read", here)
            return await script(reading)
        finally:
            await reading.close()

    return asyncio.run(run())


def test_the_second_process_reads_what_the_first_would(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = a_request(
        a_span(
            1, attributes={"input.value": "olá 😀" * WORTH_BYTES, "session.id": "s-1", "gen_ai.usage.input_tokens": 3}
        ),
        a_span(2, parent=1, attributes={"openinference.span.kind": "TOOL"}),
        a_span(3, trace=2, start_ns=0),
    )
    expected = read(sent.SerializeToString(), Form.PROTOBUF)
    assert expected.rejections
    spans = with_second(lambda reading: reading.read(sent.SerializeToString(), Form.PROTOBUF), monkeypatch)
    assert spans == expected


def test_json_too(monkeypatch: pytest.MonkeyPatch) -> None:
    document = MessageToDict(ExportTraceServiceRequest.FromString(body()))
    span = document["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    span |= {"traceId": "0" * 31 + "1", "spanId": "0" * 15 + "1"}
    sent = msgspec.json.encode(document)
    expected = read(sent, Form.JSON)
    assert expected.span_count == 1
    assert with_second(lambda reading: reading.read(sent, Form.JSON), monkeypatch) == expected


def test_answers_go_to_those_who_asked_even_where_one_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    async def script(reading: Reading) -> list[str]:
        asked = [asyncio.create_task(reading.read(body(number), Form.PROTOBUF)) for number in range(1, 6)]
        await asyncio.sleep(0)
        asked.pop(1).cancel()
        return [spans.traces[0].trace_id[-1] for spans in await asyncio.gather(*asked)]

    assert with_second(script, monkeypatch) == ["1", "3", "4", "5"]


def test_what_is_no_request_is_refused_as_ever() -> None:
    async def script() -> None:
        reading = Reading(lambda: True, processors=2)
        try:
            await until_second(reading)
            with pytest.raises(InvalidInput, match="not an OTLP trace request"):
                await reading.read(b"\xff" * WORTH_BYTES, Form.PROTOBUF)
            assert (await reading.read(body(), Form.PROTOBUF)).span_count == 1
        finally:
            await reading.close()

    asyncio.run(script())


@pytest.mark.parametrize(
    ("is_busy", "processors", "sent"),
    [(False, 2, body()), (True, 1, body()), (True, 2, body(text="short"))],
    ids=["nothing else to do", "one processor", "a small body"],
)
def test_no_second_process_is_started_in_vain(is_busy: bool, processors: int, sent: bytes) -> None:
    async def script() -> None:
        reading = Reading(lambda: is_busy, processors=processors)
        for _ in range(3):
            assert (await reading.read(sent, Form.PROTOBUF)).span_count == 1
            await asyncio.sleep(0)
        assert second_processes() == []
        await reading.close()

    asyncio.run(script())


def test_a_second_process_that_is_killed_loses_nothing_and_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "START_AGAIN_S", 0.0)

    async def script() -> None:
        reading = Reading(lambda: True, processors=2)
        try:
            for _ in range(2):
                await until_second(reading)
                [process] = second_processes()
                process.suspend()
                asked = [asyncio.create_task(reading.read(body(number), Form.PROTOBUF)) for number in range(1, 4)]
                await asyncio.sleep(0.05)
                process.kill()
                assert [spans.traces[0].trace_id[-1] for spans in await asyncio.gather(*asked)] == ["1", "2", "3"]
        finally:
            await reading.close()

    asyncio.run(script())


def test_it_ends_when_nobody_has_asked_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "IDLE_S", 2.0)

    async def script() -> None:
        reading = Reading(lambda: True, processors=2)
        await until_second(reading)
        await until(lambda: not second_processes())
        assert not reading.has_second
        await reading.close()

    asyncio.run(script())


def test_it_ends_with_the_server_however_that_ends() -> None:
    program = f"""
import asyncio, os
from trilha_server.ingest.reading import Reading
from trilha_server.ingest.reading_process import Form
async def main():
    reading = Reading(lambda: True, processors=2)
    while not reading.has_second:
        await reading.read({body()!r}, Form.PROTOBUF)
        await asyncio.sleep(0.01)
    print("started", flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"started\n"
        [second] = psutil.Process(server.pid).children()
        os.kill(second.pid, signal.SIGINT)  # as a terminal does to all
        time.sleep(0.1)
        assert second.is_running()
        server.kill()
    second.wait(TIMEOUT_S)
