"""What changes in the sums, added up before anything is read or written."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from trilha_server.domain.figures import HOUR_MS
from trilha_server.domain.span import SpanFacts
from trilha_server.domain.trace import TraceState
from trilha_server.storage.histogram import Counts, bucket_of
from trilha_server.storage.rollup_parts import NO_VALUE, TracePart, durations_us, span_numbers

ALL = "all"
VERSION = "version"
NAME = "name"

SESSION = "session"
USER = "user"

DAY_HOURS = 24
STEPS_HOURS = (1, DAY_HOURS)
"""How long the steps are that are summed up: whole days are read from a twenty-fourth of the rows."""

TraceStep = tuple[int, str, int, int, str, str]
"""Experiment, dimension, hours of the step, its first hour, value and state."""
SpanStep = tuple[int, int, int, int]
"""Experiment, hours of the step, its first hour and kind."""
Subject = tuple[int, str, str]
"""Experiment, subject and value."""
Pair = tuple[int, str, str]
"""Experiment, user and session."""

_TRACE_NUMBERS = 11
_SPAN_NUMBERS = 12
_ERROR = TraceState.ERROR.value
_HOUR_NS = HOUR_MS * 1_000_000
_TraceKey = tuple[int, int, str, str | None, str | None, int]
"""Experiment, hour, state, version, name, and 1 for added or -1 for taken away."""
_SpanKey = tuple[int, int, int]
"""Experiment, hour, and 1 or -1."""
_ByKind = defaultdict[int, list[SpanFacts]]


class Sums:
    """Numbers to add to those of a row, and to its histogram; below 0 to take away."""

    __slots__ = ("durations", "numbers")

    def __init__(self, size: int) -> None:
        self.numbers = [0] * size
        self.durations: Counts = {}

    @property
    def is_empty(self) -> bool:
        """Whether they change nothing."""
        return not any(self.numbers) and not any(self.durations.values())

    def add(self, numbers: Iterable[int], durations: Counts, sign: int) -> None:
        """Add what traces or spans have together, or take it away."""
        self.numbers = [old + sign * new for old, new in zip(self.numbers, numbers, strict=True)]
        counts = self.durations
        for bucket, count in durations.items():
            counts[bucket] = counts.get(bucket, 0) + sign * count


class StepDeltas:
    """What changes in the sums by time. What is dear is done once a row, not once a trace or span."""

    def __init__(self) -> None:
        self.by_trace_key: dict[_TraceKey, list[TracePart]] = {}
        self.by_span_key: dict[_SpanKey, _ByKind] = defaultdict(lambda: defaultdict(list))
        self.span_count = 0

    def add_trace(self, part: TracePart, sign: int) -> None:
        """Add a trace, or take one away."""
        key = (part.experiment_id, part.time_ms // HOUR_MS, part.state, part.version, part.name, sign)
        parts = self.by_trace_key.get(key)
        if parts is None:
            self.by_trace_key[key] = [part]
        else:
            parts.append(part)

    def add_spans(self, experiment_id: int, spans: Iterable[SpanFacts], kind_ids: Sequence[int], sign: int) -> None:
        """Add spans, each with the number of its kind, or take them away."""
        self.span_count += len(kind_ids)
        hour, by_kind = -1, _ByKind()
        for facts, kind_id in zip(spans, kind_ids, strict=True):
            start_hour = facts.start_ns // _HOUR_NS
            if start_hour != hour:
                hour, by_kind = start_hour, self.by_span_key[experiment_id, start_hour, sign]
            by_kind[kind_id].append(facts)

    def add_all(self, others: "StepDeltas") -> None:
        """Add what others hold."""
        for key, parts in others.by_trace_key.items():
            self.by_trace_key.setdefault(key, []).extend(parts)
        self.span_count += others.span_count
        for key, by_kind in others.by_span_key.items():
            ours = self.by_span_key[key]
            for kind_id, spans in by_kind.items():
                ours[kind_id] += spans

    def traces(self) -> dict[TraceStep, Sums]:
        """Say what changes in the rows of traces."""
        found: dict[TraceStep, Sums] = {}
        for (experiment_id, hour, state, version, name, sign), parts in self.by_trace_key.items():
            numbers = [sum(column) for column in zip(*(part.numbers for part in parts), strict=True)]
            counts = Counter(bucket_of(part.duration_ms) for part in parts if part.duration_ms is not None)
            for dimension, value in ((ALL, ""), (VERSION, version), (NAME, name)):
                for hours in STEPS_HOURS:
                    first = hour // hours * hours
                    key = (experiment_id, dimension, hours, first, NO_VALUE if value is None else value, state)
                    found.setdefault(key, Sums(_TRACE_NUMBERS)).add(numbers, counts, sign)
        return found

    def spans(self) -> dict[SpanStep, Sums]:
        """Say what changes in the rows of spans."""
        found: dict[SpanStep, Sums] = {}
        for (experiment_id, hour, sign), by_kind in self.by_span_key.items():
            for kind_id, spans in by_kind.items():
                durations = durations_us(spans)
                numbers, counts = span_numbers(spans, durations), Counter(map(bucket_of, durations))
                for hours in STEPS_HOURS:
                    key = (experiment_id, hours, hour // hours * hours, kind_id)
                    found.setdefault(key, Sums(_SPAN_NUMBERS)).add(numbers, counts, sign)
        return found


class SubjectSums:
    """What to add to the row of a session or a user."""

    __slots__ = ("first_time_ms", "has_lost", "last_time_ms", "numbers")

    def __init__(self, numbers: list[int], time_ms: int) -> None:
        self.numbers = numbers
        self.first_time_ms = self.last_time_ms = time_ms
        self.has_lost = False
        """Whether a trace left, or moved in time, so that the first and last times must be looked up."""

    def add(self, numbers: list[int], time_ms: int) -> None:
        """Add the numbers of a trace that began at that time."""
        self.numbers = [old + new for old, new in zip(self.numbers, numbers, strict=True)]
        self.first_time_ms = min(self.first_time_ms, time_ms)
        self.last_time_ms = max(self.last_time_ms, time_ms)


class SubjectDeltas:
    """What changes in the totals of sessions and users, and in who took part in which session."""

    def __init__(self) -> None:
        self.rows: dict[Subject, SubjectSums] = {}
        self.told_pairs: set[Pair] = set()
        self.lost_pairs: set[Pair] = set()
        """Told by a trace that tells them no longer; another one may."""

    def change(self, old: TracePart | None, new: TracePart | None) -> None:
        """Put what a trace is in the place of what it was; `None` where it was not there, or is no more."""
        before, after = _subjects_of(old), _subjects_of(new)
        for part, subjects, sign in ((old, before, -1), (new, after, 1)):
            if part is None or not subjects:
                continue
            numbers = _subject_numbers(part, sign)
            for subject in subjects:
                row = self.rows.get(subject)
                if row is None:
                    self.rows[subject] = SubjectSums(numbers, part.time_ms)
                else:
                    row.add(numbers, part.time_ms)
        for subject in before:
            moves = old is None or new is None or new.time_ms != old.time_ms
            self.rows[subject].has_lost |= moves or subject not in after

    def change_pair(self, old: TracePart | None, new: TracePart | None) -> None:
        """Note the user and the session that a trace tells, and those that it told."""
        before, after = _pair_of(old), _pair_of(new)
        if before == after:
            return
        if before is not None:
            self.lost_pairs.add(before)
        if after is not None:
            self.told_pairs.add(after)


def _subject_numbers(part: TracePart, sign: int) -> list[int]:
    """List the numbers in the order of the columns of `subject_total`."""
    numbers = part.numbers
    is_error = part.state == _ERROR
    return [sign, sign * is_error, sign * numbers[6], sign * numbers[10], sign * numbers[2]]


def _subjects_of(part: TracePart | None) -> list[Subject]:
    """Name the rows of sessions and users that a trace is in."""
    found: list[Subject] = []
    if part is None:
        return found
    if part.session is not None:
        found.append((part.experiment_id, SESSION, part.session))
    if part.user is not None:
        found.append((part.experiment_id, USER, part.user))
    return found


def _pair_of(part: TracePart | None) -> Pair | None:
    if part is None or part.user is None or part.session is None:
        return None
    return part.experiment_id, part.user, part.session
