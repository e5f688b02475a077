"""Stores that tell live streams of each change."""

from collections.abc import Callable, Sequence

from trilha_server.domain.assessment import Assessment
from trilha_server.domain.batch import TraceUpdate
from trilha_server.domain.ids import ExperimentId, TraceId
from trilha_server.ports import AssessmentStore, TraceWriter


class RingingWriter:
    """A trace writer that rings after each write."""

    def __init__(self, writer: TraceWriter, ring: Callable[[], None]) -> None:
        self._writer = writer
        self._ring = ring

    def write(self, updates: Sequence[TraceUpdate]) -> list[int]:
        """Keep a batch."""
        fresh = self._writer.write(updates)
        self._ring()
        return fresh

    def delete(self, experiment_id: ExperimentId, trace_ids: Sequence[TraceId]) -> int:
        """Forget traces."""
        count = self._writer.delete(experiment_id, trace_ids)
        self._ring()
        return count

    def delete_before(self, experiment_id: ExperimentId, max_time_ms: int, max_traces: int | None) -> int:
        """Forget the oldest traces."""
        count = self._writer.delete_before(experiment_id, max_time_ms, max_traces)
        self._ring()
        return count


class RingingAssessments:
    """An assessment store that rings after each change."""

    def __init__(self, store: AssessmentStore, ring: Callable[[], None]) -> None:
        self._store = store
        self._ring = ring

    def of_traces(self, trace_ids: Sequence[TraceId]) -> dict[TraceId, list[Assessment]]:
        """Read the assessments of traces."""
        return self._store.of_traces(trace_ids)

    def get_assessment(self, trace_id: TraceId, assessment_id: str) -> Assessment:
        """Read one."""
        return self._store.get_assessment(trace_id, assessment_id)

    def put_assessment(self, assessment: Assessment) -> None:
        """Keep one."""
        self._store.put_assessment(assessment)
        self._ring()

    def delete_assessment(self, trace_id: TraceId, assessment_id: str) -> None:
        """Forget one."""
        self._store.delete_assessment(trace_id, assessment_id)
        self._ring()
