"""What every store promises about the sums that it keeps: whatever happens, they are what a recount gives."""

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any, TypeAlias

import pytest
from sqlalchemy import Row, create_engine, text
from trilha_server.domain.figures import HOUR_MS
from trilha_server.domain.ids import ExperimentId, TraceId, trace_id_of
from trilha_server.domain.span import SpanFacts
from trilha_server.domain.trace import TraceInfo
from trilha_server.ports import Store, TraceQuery
from trilha_server.storage import rollups
from trilha_server.storage.histogram import bucket_of, read_counts
from trilha_server.storage.labels import index_value
from trilha_server.storage.rollup_rows import SPAN_NUMBERS, TRACE_NUMBERS

from server.tests.storage.conftest import Opener
from server.tests.storage.suite.upkeep import maintain
from server.tests.support.spans import START_NS, a_span, arrived, declared, trace_id
from server.tests.support.traffic import EXPERIMENTS, Traffic

HOUR_NS = HOUR_MS * 1_000_000
Sums: TypeAlias = dict[tuple[object, ...], tuple[dict[str, int], dict[int, int]]]
"""By key: the numbers, and how many durations there are in each bucket."""

TRACE_ROWS = (
    f"SELECT experiment_id, dimension, hours, hour, value, state, {', '.join(TRACE_NUMBERS)}, durations FROM trace_sum"
)
SPAN_ROWS = (
    f"SELECT experiment_id, hours, hour, name, type, status, model, provider, {', '.join(SPAN_NUMBERS)}, durations"
    " FROM span_sum JOIN span_kind ON span_kind.id = kind_id"
)
SUBJECT_ROWS = (
    "SELECT experiment_id, subject, value, traces, errors, total_tokens, cost_nano_usd, duration_ms, first_time_ms,"
    " last_time_ms FROM subject_total"
)
PAIR_ROWS = "SELECT experiment_id, user_value, session_value FROM user_session"

UNCOUNTED = "SELECT trace_id FROM trace WHERE key > (SELECT counted_key FROM sequence WHERE name = 'change')"


class Kept:
    """All sums that a store has."""

    def __init__(self, url: str) -> None:
        engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.connect() as connection:
            self.traces = read_rows(connection.execute(text(TRACE_ROWS)).all(), 6, TRACE_NUMBERS)
            self.spans = read_rows(connection.execute(text(SPAN_ROWS)).all(), 8, SPAN_NUMBERS)
            self.uncounted = {trace_id_of(bytes(row[0])) for row in connection.execute(text(UNCOUNTED))}
            self.subjects = {tuple(row[:3]): tuple(row[3:]) for row in connection.execute(text(SUBJECT_ROWS))}
            self.pairs = {tuple(row) for row in connection.execute(text(PAIR_ROWS))}
        engine.dispose()


class Recount:
    """The same sums, made from the traces as they are read."""

    def __init__(self, store: Store, uncounted: AbstractSet[TraceId]) -> None:
        self.traces: Sums = {}
        self.spans: Sums = {}
        self.subjects: dict[tuple[object, ...], tuple[int, ...]] = {}
        self.pairs: set[tuple[object, ...]] = set()
        experiments = tuple(map(ExperimentId, range(EXPERIMENTS)))
        for info in store.reader.search(TraceQuery(experiment_ids=experiments, limit=1000)).traces:
            self._add_subjects(info)
            if info.trace_id not in uncounted:
                self._add_trace(info)
                for facts in store.reader.structure(info.trace_id):
                    self._add_span(info.experiment_id, facts)

    def _add_trace(self, info: TraceInfo) -> None:
        numbers = trace_numbers(info)
        hour = info.request_time_ms // HOUR_MS
        for dimension, value in (("all", ""), ("version", valued(info.version)), ("name", valued(info.name))):
            for hours in (1, 24):
                step = (dimension, hours, hour // hours * hours)
                add(self.traces, (info.experiment_id, *step, value, info.state), numbers, info.duration_ms)

    def _add_subjects(self, info: TraceInfo) -> None:
        numbers, session, user = trace_numbers(info), info.session, info.user
        if session is not None:
            self._add_subject(info, "session", index_value(session), numbers)
        if user is not None:
            self._add_subject(info, "user", index_value(user), numbers)
        if session is not None and user is not None:
            self.pairs.add((info.experiment_id, index_value(user), index_value(session)))

    def _add_subject(self, info: TraceInfo, subject: str, value: str, numbers: dict[str, int]) -> None:
        key = (info.experiment_id, subject, value)
        time_ms = info.request_time_ms
        *old, first_ms, last_ms = self.subjects.get(key, (0, 0, 0, 0, 0, time_ms, time_ms))
        more = (1, int(info.state == "ERROR"), *(numbers[k] for k in ("total_tokens", "cost_nano_usd", "duration_ms")))
        sums = (kept + new for kept, new in zip(old, more, strict=True))
        self.subjects[key] = (*sums, min(first_ms, time_ms), max(last_ms, time_ms))

    def _add_span(self, experiment: int, facts: SpanFacts) -> None:
        duration_us = None if facts.end_ns is None else (facts.end_ns - facts.start_ns) // 1000
        usage, cost = facts.usage, facts.cost
        numbers = {
            "spans": 1,
            "spans_ended": int(duration_us is not None),
            "duration_us": duration_us or 0,
            "input_tokens": usage.input_tokens if usage else 0,
            "output_tokens": usage.output_tokens if usage else 0,
            "total_tokens": usage.total_tokens if usage else 0,
            "cache_read_tokens": usage.cache_read_tokens or 0 if usage else 0,
            "cache_write_tokens": usage.cache_write_tokens or 0 if usage else 0,
            "spans_with_cost": int(cost is not None),
            "input_nano_usd": round(cost.input_usd * 1e9) if cost else 0,
            "output_nano_usd": round(cost.output_usd * 1e9) if cost else 0,
            "cost_nano_usd": round(cost.total_usd * 1e9) if cost else 0,
        }
        kind = (index_value(facts.name), facts.span_type, facts.status.name, facts.model or "", facts.provider or "")
        hour = facts.start_ns // HOUR_NS
        for hours in (1, 24):
            add(self.spans, (experiment, hours, hour // hours * hours, *kind), numbers, duration_us)


def trace_numbers(info: TraceInfo) -> dict[str, int]:
    usage, cost = info.usage, info.cost
    return {
        "traces": 1,
        "traces_ended": int(info.duration_ms is not None),
        "duration_ms": info.duration_ms or 0,
        "traces_with_usage": int(usage is not None),
        "input_tokens": usage.input_tokens if usage else 0,
        "output_tokens": usage.output_tokens if usage else 0,
        "total_tokens": usage.total_tokens if usage else 0,
        "cache_read_tokens": usage.cache_read_tokens or 0 if usage else 0,
        "cache_write_tokens": usage.cache_write_tokens or 0 if usage else 0,
        "traces_with_cost": int(cost is not None),
        "cost_nano_usd": round(cost.total_usd * 1e9) if cost else 0,
    }


def add(sums: Sums, key: tuple[object, ...], numbers: dict[str, int], duration: int | None) -> None:
    old, counts = sums.setdefault(key, (dict.fromkeys(numbers, 0), {}))
    for name, number in numbers.items():
        old[name] += number
    if duration is not None:
        counts.update(Counter(counts) + Counter([bucket_of(duration)]))


def valued(value: str | None) -> str:
    return "\x1f" if value is None else index_value(value)


def read_rows(rows: Sequence[Row[*tuple[Any, ...]]], key_size: int, names: tuple[str, ...]) -> Sums:
    return {
        tuple(row[:key_size]): (dict(zip(names, row[key_size:-1], strict=True)), read_counts(bytes(row[-1])))
        for row in rows
    }


def check(store: Store, opener: Opener) -> None:
    kept = Kept(opener.url)
    recount = Recount(store, kept.uncounted)
    assert kept.traces == recount.traces
    assert kept.spans == recount.spans
    assert kept.subjects == recount.subjects
    assert kept.pairs == recount.pairs


def sql(opener: Opener, *statements: str) -> None:
    """Do behind the store's back."""
    engine = create_engine(opener.url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def few_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """New traces wait for few others to be counted with."""
    monkeypatch.setattr(rollups, "WAITING_TRACES", 5)


@pytest.mark.usefixtures("few_wait")
class SumsSuite:
    """Sums by the hour, by kind of span, and by session and user are what a recount gives."""

    @pytest.mark.parametrize("seed", range(6))
    def test_whatever_happens_the_sums_are_those_of_the_traces_there_are(self, opener: Opener, seed: int) -> None:
        store = opener.open()
        traffic = Traffic(seed)
        for _ in range(6):
            traffic.happen(store, 8)

            check(store, opener)
            if traffic.random.random() < 0.4:
                opener.close()
                store = opener.open()
            if traffic.random.random() < 0.4:
                maintain(store)

    def test_new_traces_wait_until_they_are_many(
        self, store: Store, opener: Opener, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rollups, "WAITING_TRACES", 3)
        waiting: list[int] = []
        for number in range(1, 8):
            store.writer.write([arrived(a_span(trace=number))])
            waiting.append(len(Kept(opener.url).uncounted))

        assert waiting == [1, 2, 0, 1, 2, 0, 1]
        check(store, opener)

    def test_nothing_is_left_of_traces_that_are_deleted(self, store: Store, opener: Opener) -> None:
        Traffic(1).happen(store, 20)

        for experiment in range(EXPERIMENTS):
            store.writer.delete_before(ExperimentId(experiment), 2**62, None)

        kept = Kept(opener.url)
        assert (kept.traces, kept.spans, kept.subjects, kept.pairs) == ({}, {}, {}, set())

    def test_durations_beyond_belief_can_be_added_up(self, store: Store, opener: Opener) -> None:
        for number in range(1, 12):
            store.writer.write(
                [
                    arrived(a_span(number, trace=number, start_ns=1, end_ns=START_NS)),
                    declared(number, request_time_ms=0, duration_ms=2**62, metadata={"mlflow.trace.cost": COSTS}),
                ]
            )

        assert len(Kept(opener.url).spans) == 2
        store.writer.delete(ExperimentId(0), [trace_id(number) for number in range(1, 12)])
        assert Kept(opener.url).traces == {}


COSTS = '{"total_cost": 1e300}'


@pytest.mark.usefixtures("few_wait")
class RecountSuite:
    """Sums that are missing are made from the traces, while traces come and change."""

    @pytest.mark.parametrize("seed", range(3))
    def test_traces_from_before_there_were_sums_are_counted(self, store: Store, opener: Opener, seed: int) -> None:
        traffic = Traffic(seed)
        traffic.happen(store, 15)
        sql(
            opener,
            "DELETE FROM trace_sum",
            "DELETE FROM span_sum",
            "DELETE FROM subject_total",
            "UPDATE sequence SET counted_key = 0, older_key = (SELECT max(key) FROM trace) WHERE name = 'change'",
        )
        opener.close()
        store = opener.open()
        traffic.happen(store, 10)

        assert maintain(store) == 1
        check(store, opener)
        assert maintain(store) == 0

    def test_after_a_server_that_keeps_no_sums_has_written_all_is_counted_anew(
        self, store: Store, opener: Opener
    ) -> None:
        Traffic(0).happen(store, 15)
        sql(
            opener,
            "UPDATE sequence SET last = last + 1 WHERE name = 'change'",
            "UPDATE trace_sum SET traces = traces + 5",
        )
        Traffic(1).happen(store, 5)

        assert maintain(store) == 2
        check(store, opener)
