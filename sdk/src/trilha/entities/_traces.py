"""Traces as they are read back."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

from trilha import names
from trilha.entities._assessments import Assessment, Expectation, Feedback
from trilha.entities._spans import Span, span_of_wire
from trilha.entities._times import duration_ms, time_ms, time_text

_Json = dict[str, Any]  # Any: JSON
_KINDS: dict[str | None, type[Assessment]] = {"feedback": Feedback, "expectation": Expectation, None: Assessment}


class TraceState(str, Enum):
    """How a trace stands."""

    STATE_UNSPECIFIED = "STATE_UNSPECIFIED"
    OK = "OK"
    ERROR = "ERROR"
    IN_PROGRESS = "IN_PROGRESS"

    def __str__(self) -> str:
        return self.value


class TraceLocationType(str, Enum):
    """What kind of place a trace is in."""

    TRACE_LOCATION_TYPE_UNSPECIFIED = "TRACE_LOCATION_TYPE_UNSPECIFIED"
    MLFLOW_EXPERIMENT = "MLFLOW_EXPERIMENT"


@dataclass(frozen=True)
class MlflowExperimentLocation:
    """An experiment, as a place for traces."""

    experiment_id: str


@dataclass(frozen=True)
class TraceLocation:
    """Where a trace is."""

    type: TraceLocationType
    mlflow_experiment: MlflowExperimentLocation | None = None

    @classmethod
    def from_experiment_id(cls, experiment_id: str) -> "TraceLocation":
        """Make the place that an experiment is."""
        return cls(TraceLocationType.MLFLOW_EXPERIMENT, MlflowExperimentLocation(experiment_id))


@dataclass
class TraceInfo:
    """What is known of a trace as a whole."""

    trace_id: str
    trace_location: TraceLocation
    request_time: int
    """When it began: Unix time, milliseconds."""
    state: TraceState
    request_preview: str | None = None
    response_preview: str | None = None
    client_request_id: str | None = None
    execution_duration: int | None = None
    """Milliseconds; `None` while it runs."""
    trace_metadata: dict[str, str] = field(default_factory=dict[str, str])
    tags: dict[str, str] = field(default_factory=dict[str, str])
    assessments: list[Assessment] = field(default_factory=list[Assessment])

    @property
    def experiment_id(self) -> str | None:
        """The experiment that it is in."""
        place = self.trace_location.mlflow_experiment
        return None if place is None else place.experiment_id

    @property
    def token_usage(self) -> dict[str, int] | None:
        """Tokens of all its calls of language models together; `None` where nothing was counted."""
        return self._told(names.TRACE_TOKEN_USAGE)

    @property
    def cost(self) -> dict[str, float] | None:
        """What they cost, in US dollars; `None` where no price is known."""
        return self._told(names.TRACE_COST)

    @property
    def request_id(self) -> str:
        """The id, by its former name."""
        return self.trace_id

    @property
    def timestamp_ms(self) -> int:
        """When it began, by the former name."""
        return self.request_time

    @property
    def execution_time_ms(self) -> int | None:
        """How long it took, by the former name."""
        return self.execution_duration

    @property
    def status(self) -> TraceState:
        """How it stands, by the former name."""
        return self.state

    @property
    def request_metadata(self) -> dict[str, str]:
        """The metadata, by the former name."""
        return self.trace_metadata

    def to_dict(self) -> _Json:
        """Write it as MLflow's JSON has it."""
        written: _Json = {
            "trace_id": self.trace_id,
            "client_request_id": self.client_request_id,
            "trace_location": {
                "type": self.trace_location.type.value,
                "mlflow_experiment": {"experiment_id": self.experiment_id},
            },
            "request_preview": self.request_preview,
            "response_preview": self.response_preview,
            "request_time": time_text(self.request_time),
            "execution_duration_ms": self.execution_duration,
            "state": self.state.value,
            "trace_metadata": self.trace_metadata,
            "tags": self.tags,
            "assessments": [assessment.to_dictionary() for assessment in self.assessments] or None,
        }
        return {key: value for key, value in written.items() if value is not None}

    @classmethod
    def from_dict(cls, written: _Json) -> "TraceInfo":
        """Read what a server, or `to_dict`, has written."""
        location: _Json = written.get("trace_location") or {}
        place: _Json = location.get("mlflow_experiment") or {}
        known_ms = written.get("execution_duration_ms")
        return cls(
            trace_id=written["trace_id"],
            trace_location=TraceLocation.from_experiment_id(str(place.get("experiment_id", "0"))),
            request_time=time_ms(written.get("request_time")) or 0,
            state=TraceState(written.get("state", "STATE_UNSPECIFIED")),
            request_preview=written.get("request_preview"),
            response_preview=written.get("response_preview"),
            client_request_id=written.get("client_request_id"),
            execution_duration=duration_ms(written.get("execution_duration")) if known_ms is None else int(known_ms),
            trace_metadata=written.get("trace_metadata") or {},
            tags=written.get("tags") or {},
            assessments=[Assessment.from_dictionary(item) for item in written.get("assessments") or ()],
        )

    def _told(self, key: str) -> Any:  # Any: JSON
        try:
            return json.loads(self.trace_metadata[key])
        except (KeyError, ValueError):
            return None


@dataclass
class TraceData:
    """The steps of a trace, the root first."""

    spans: list[Span] = field(default_factory=list[Span])

    @property
    def request(self) -> str | None:
        """What the root was given, as JSON text."""
        return self._text(names.SPAN_INPUTS)

    @property
    def response(self) -> str | None:
        """What the root gave, as JSON text."""
        return self._text(names.SPAN_OUTPUTS)

    @property
    def intermediate_outputs(self) -> dict[str, Any] | None:
        """What the steps below the root gave, by their names: `look_up`, or `look_up_1` where there are several."""
        if len(self.spans) < 2:
            return None
        counts = Counter(span.name for span in self.spans)
        seen: Counter[str] = Counter()
        given: dict[str, Any] = {}
        for span in self.spans:
            seen[span.name] += 1
            name = span.name if counts[span.name] == 1 else f"{span.name}_{seen[span.name]}"
            if span.parent_id is not None and span.outputs is not None:
                given[name] = span.outputs
        return given

    @property
    def root(self) -> Span | None:
        """The step without a parent."""
        return next((span for span in self.spans if span.parent_id is None), None)

    def to_dict(self) -> _Json:
        """Write them as MLflow's JSON has them."""
        return {"spans": [span.to_dict() for span in self.spans]}

    @classmethod
    def from_dict(cls, written: _Json) -> "TraceData":
        """Read what `to_dict` has written."""
        return cls([Span.from_dict(span) for span in written.get("spans") or ()])

    def _text(self, key: str) -> str | None:
        value = None if self.root is None else self.root.attributes.get(key)
        return None if value is None else json.dumps(value, ensure_ascii=False, default=str)


@dataclass
class Trace:
    """One run of an application, with its steps."""

    info: TraceInfo
    data: TraceData

    @property
    def trace_id(self) -> str:
        """The id."""
        return self.info.trace_id

    def search_spans(
        self, span_type: str | None = None, name: "str | re.Pattern[str] | None" = None, span_id: str | None = None
    ) -> list[Span]:
        """Find steps; those of a name, or of names in which a pattern is found."""
        return [
            span
            for span in self.data.spans
            if (span_type is None or span.span_type == span_type)
            and (name is None or (span.name == name if isinstance(name, str) else name.search(span.name) is not None))
            and (span_id is None or span.span_id == span_id)
        ]

    def search_assessments(
        self,
        name: str | None = None,
        *,
        span_id: str | None = None,
        all: bool = False,  # noqa: A002  # as MLflow names it
        type: Literal["feedback", "expectation"] | None = None,  # noqa: A002
    ) -> list[Assessment]:
        """Find what was said of the trace; with `all` what was overridden, too."""
        return [
            item
            for item in self.info.assessments
            if (all or item.valid)
            and (name is None or item.name == name)
            and (span_id is None or item.span_id == span_id)
            and isinstance(item, _KINDS[type])
        ]

    def to_dict(self) -> _Json:
        """Write it as MLflow's JSON has it."""
        return {"info": self.info.to_dict(), "data": self.data.to_dict()}

    def to_json(self, pretty: bool = False) -> str:
        """Write it as JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, default=str, indent=2 if pretty else None)

    @classmethod
    def from_dict(cls, written: _Json) -> "Trace":
        """Read what `to_dict` has written."""
        return cls(TraceInfo.from_dict(written["info"]), TraceData.from_dict(written.get("data") or {}))

    @classmethod
    def from_json(cls, text: str) -> "Trace":
        """Read what `to_json` has written."""
        return cls.from_dict(json.loads(text))

    @classmethod
    def of_wire(cls, written: _Json) -> "Trace":
        """Read what the server answers."""
        spans = [span_of_wire(span) for span in written.get("spans") or ()]
        return cls(TraceInfo.from_dict(written["trace_info"]), TraceData(spans))

    def __repr__(self) -> str:
        return f"Trace(trace_id={self.info.trace_id!r})"

    def _repr_html_(self) -> str | None:
        from trilha._notebook.cells import html_of  # noqa: PLC0415  # for notebooks alone

        return html_of([self])

    @staticmethod
    def pandas_dataframe_columns() -> list[str]:
        """Return the columns of what `search_traces` finds."""
        from trilha._client.table import COLUMNS  # noqa: PLC0415  # for results alone

        return list(COLUMNS)

    def to_pandas_dataframe_row(self) -> _Json:
        """Return it as a row of what `search_traces` finds."""
        from trilha._client.table import row_of  # noqa: PLC0415  # for results alone

        return row_of(self)
