"""How long each server takes to find what people look for."""

import time
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from benchmarks.corpus import (
    ENVIRONMENTS,
    NEEDLE_BLOCK,
    NEEDLE_STRIDE,
    NEEDLES,
    SPANS_PER_TRACE,
    TRACES_PER_SESSION,
    USERS,
    VERSIONS,
    Corpus,
    midnight_ns,
    needle_word,
)
from benchmarks.dialects import Dialect, Http, Kind, Question, RefusedError, dialect_of
from benchmarks.load import Load, run_load
from benchmarks.payload import MLFLOW, OPENINFERENCE, OtlpEncoder
from benchmarks.results import percentile, save
from benchmarks.servers import Memory, Running, Server, new_folder, remove_folder

TIMEOUT_S: Final = 60.0
_SLICE: Final = 100_000
_WARM_UP: Final = 5
_REPEATS: Final = 40
_BUDGET_S: Final = 45.0
"""No kind of question is asked longer than this, so that slow servers end too."""
_SAMPLE: Final = 200


class Asked(msgspec.Struct, frozen=True):
    """One kind of question, asked many times with other values."""

    name: str
    times: int
    first_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    answer_kb: float
    rows: int
    """In the last answer."""
    wrong: int
    """Answers with another number of rows than the corpus has."""
    timed_out: bool
    failed: str = ""
    """What the server answered instead."""


class Search(msgspec.Struct, frozen=True):
    """Everything asked of one server that holds so many traces."""

    server: str
    title: str
    traces: int
    loaded_per_s: float
    incomplete: int
    disk_bytes_per_trace: float
    restart_s: float
    """Of a clean start on the full store."""
    asked: list[Asked]
    memory: Memory
    """After all questions."""


def measure_searches(server: Server, traces: int, *, results: Path) -> None:
    """Fill a server, start it anew, ask it everything, and keep the results."""
    corpus = Corpus(traces=traces, end_ns=midnight_ns())
    running = Running(server, new_folder(server))
    try:
        empty_bytes = running.disk_bytes()
        dialect = dialect_of(running)
        experiment = dialect.create_experiment("search")
        loaded_s = _fill(running, dialect, experiment, corpus)
        incomplete = dialect.incomplete(experiment, corpus, range(0, traces, max(1, traces // _SAMPLE)))
        running.stop()
        disk_bytes = running.disk_bytes() - empty_bytes
        running = Running(server, running.folder)
        asked = _ask_everything(running, experiment, corpus)
        measured = Search(
            server=server.name,
            title=server.title,
            traces=traces,
            loaded_per_s=traces / loaded_s,
            incomplete=len(incomplete),
            disk_bytes_per_trace=disk_bytes / traces,
            restart_s=running.start_s,
            asked=asked,
            memory=running.memory(),
        )
    finally:
        running.stop()
        remove_folder(running.folder)
    save(results, f"search-{server.name}-{traces}", measured)


def _fill(running: Running, dialect: Dialect, experiment: str, corpus: Corpus) -> float:
    """Send the corpus through the server's own door and wait until it is stored; return how long that took."""
    sent_s = 0.0
    for first in range(0, corpus.traces, _SLICE):
        load = Load(
            port=running.port,
            experiment_id=experiment,
            corpus=corpus,
            first=first,
            traces=min(_SLICE, corpus.traces - first),
            traces_per_request=100,
            connections=4,
            body=dialect.otlp,
            prepare=False,
        )
        result = run_load(load)
        if len(result.acknowledged) != load.requests:
            raise RuntimeError(f"{running.server.name} refused a part of the corpus: {result.refusals}")
        sent_s += result.seconds
        rate = load.traces / result.seconds
        print(f"search {running.server.name}: {first + load.traces} traces in, {rate:.0f}/s", flush=True)
    busy_s = running.settle(longest_s=600)
    if running.server.dialect == "mlflow":
        _add_tags(running, experiment, corpus)
    return sent_s + busy_s


def _add_tags(running: Running, experiment: str, corpus: Corpus) -> None:
    tagged = -(-corpus.traces // corpus.tag_every)
    load = Load(
        port=running.port,
        experiment_id=experiment,
        corpus=corpus,
        first=0,
        traces=tagged,
        step=corpus.tag_every,
        connections=4,
        body="info",
        prepare=False,
    )
    result = run_load(load)
    if len(result.acknowledged) != tagged:
        raise RuntimeError(f"{running.server.name} refused trace infos: {result.refusals}")
    running.settle()


class Topic(msgspec.Struct, frozen=True):
    """A kind of question."""

    name: str
    kind: Kind
    limit: int = 50


TOPICS: Final = (
    Topic("latest 50", "latest"),
    Topic("user, latest 20", "user", 20),
    Topic("session", "session"),
    Topic("client request id", "request id"),
    Topic("two tags, latest 50", "tag pair"),
    Topic("two tags, latest 1", "tag pair", 1),
    Topic("one whole trace", "one trace"),
    Topic("text", "text"),
)
"""Text comes last, because some servers go on working on it after the caller has left."""


class _Asking:
    """One caller, its connection, and what it has measured of one topic."""

    def __init__(self, running: Running, experiment: str, corpus: Corpus) -> None:
        self._http = Http(running.port, TIMEOUT_S)
        self._dialect = dialect_of(running, TIMEOUT_S)
        self._experiment = experiment
        self._corpus = corpus
        self._encoder = OtlpEncoder(corpus, MLFLOW if self._dialect.otlp == "otlp" else OPENINFERENCE, experiment)
        self._latencies_ms: list[float] = []
        self._rows = self._wrong = self._answer_bytes = 0

    def measure(self, topic: Topic) -> Asked:
        random = Random(3)
        end_s = time.perf_counter() + _BUDGET_S
        timed_out, failed = False, ""
        for number in range(_WARM_UP + _REPEATS):
            if topic.kind == "latest":
                self._send_newer(number)
            try:
                self._ask(a_question(self._corpus, topic, number, random))
            except TimeoutError:
                timed_out = True
                break
            except RefusedError as refused:
                failed = str(refused)
                break
            if time.perf_counter() > end_s:
                break
        return self._asked(topic, timed_out=timed_out, failed=failed)

    def _send_newer(self, number: int) -> None:
        """Send one more trace, so that no server can answer with the list it gave before."""
        body = self._encoder.request([self._corpus.newer(number)])
        headers = {"Content-Type": "application/x-protobuf", "x-mlflow-experiment-id": self._experiment}
        self._http.call("POST", "/v1/traces", body, headers)

    def _ask(self, question: Question) -> None:
        request = self._dialect.request(self._experiment, question)
        start_s = time.perf_counter()
        answer = self._http.call(*request)
        self._latencies_ms.append((time.perf_counter() - start_s) * 1000)
        self._rows, self._answer_bytes = self._dialect.hits(question, answer), len(answer)
        self._wrong += self._rows != expected_rows(self._corpus, question)

    def _asked(self, topic: Topic, *, timed_out: bool, failed: str) -> Asked:
        warm_ms = self._latencies_ms[_WARM_UP:] or self._latencies_ms
        return Asked(
            name=topic.name,
            times=len(warm_ms),
            first_ms=self._latencies_ms[0] if self._latencies_ms else None,
            p50_ms=percentile(warm_ms, 0.5),
            p95_ms=percentile(warm_ms, 0.95),
            answer_kb=self._answer_bytes / 1000,
            rows=self._rows,
            wrong=self._wrong,
            timed_out=timed_out,
            failed=failed,
        )


def _ask_everything(running: Running, experiment: str, corpus: Corpus) -> list[Asked]:
    asked: list[Asked] = []
    for topic in TOPICS:
        asked.append(_Asking(running, experiment, corpus).measure(topic))
        print(f"search {running.server.name} {corpus.traces}: {asked[-1]}", flush=True)
    return asked


def a_question(corpus: Corpus, topic: Topic, number: int, random: Random) -> Question:
    """Return the next question of a topic, about another trace than the one before."""
    index = random.randrange(corpus.traces)
    tagged = index // corpus.tag_every * corpus.tag_every
    tags = corpus.tags(tagged) or {}
    values = {
        "latest": "",
        "user": corpus.user_id(index),
        "session": corpus.session_id(index),
        "request id": corpus.request_id(tagged),
        "tag pair": tags["environment"],
        "one trace": corpus.trace_id(index).hex(),
        "text": needle_word(number % min(NEEDLES, -(-corpus.traces // NEEDLE_STRIDE))),
    }
    return Question(topic.kind, values[topic.kind], tags["app_version"], topic.limit)


def expected_rows(corpus: Corpus, question: Question) -> int:
    """Return how many rows a right answer has."""
    user = int(question.value[-3:]) if question.kind == "user" else 0
    tagged = -(-corpus.traces // corpus.tag_every)
    rows = {
        "latest": corpus.traces,
        "user": _every(corpus.traces // TRACES_PER_SESSION, USERS, user) * TRACES_PER_SESSION,
        "session": TRACES_PER_SESSION,
        "request id": 1,
        "tag pair": 0,
        "one trace": SPANS_PER_TRACE,
        "text": 0,
    }
    if question.kind == "tag pair":
        pair = ENVIRONMENTS.index(question.value) + len(ENVIRONMENTS) * VERSIONS.index(question.second)
        rows["tag pair"] = _every(tagged, len(ENVIRONMENTS) * len(VERSIONS), pair)
    if question.kind == "text":
        needle = next(number for number in range(NEEDLES) if needle_word(number) == question.value)
        rows["text"] = _every(corpus.traces, NEEDLE_BLOCK, needle * NEEDLE_STRIDE)
    return min(question.limit, rows[question.kind])


def _every(count: int, period: int, offset: int) -> int:
    """Count the numbers below `count` that are `offset` past a multiple of `period`."""
    return -(-(count - offset) // period)
