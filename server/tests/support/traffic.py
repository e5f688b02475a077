"""Made-up traffic: spans that come late or twice, declarations, edits, deletions, over few traces and some hours."""

import json
from collections.abc import Sequence
from random import Random

import msgspec
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from trilha_server.domain.assessment import Assessment, AssessmentKind
from trilha_server.domain.batch import CostsChanged, InfoDeclared, SpansArrived, TagsEdited, TraceUpdate
from trilha_server.domain.figures import HOUR_MS
from trilha_server.domain.ids import ExperimentId, TraceId
from trilha_server.domain.span import Cost, Price, SpanFacts, TokenUsage
from trilha_server.domain.trace import TraceState
from trilha_server.ports import Store

from server.tests.support.spans import NOW_MS, NS_PER_MS, a_span, an_assessment, arrived, declared, trace_id

TRACES = 12
EXPERIMENTS = 3
FIRST_HOUR_MS = NOW_MS - NOW_MS % HOUR_MS
STATUSES = (Status.STATUS_CODE_UNSET, Status.STATUS_CODE_OK, Status.STATUS_CODE_ERROR)
SECONDS = (0, 0.0004, 0.001, 0.25, 1, 90, 4000)
LONG = "x" * 300
KEYS = ("mlflow.trace.session", "mlflow.trace.user", "mlflow.modelId", "app_version", "env", "mlflow.traceName")
TEXTS = ("a", "b", "c", LONG)


class Traffic:
    """Draws what may happen to a store."""

    def __init__(self, seed: int, *, models: Sequence[str] = ("small", "large")) -> None:
        self.random = Random(seed)
        self._models = models

    def happen(self, store: Store, steps: int) -> None:
        """Let things happen, most of them several in one batch."""
        for _ in range(steps):
            if self.random.random() < 0.1:
                self._delete(store)
            else:
                store.writer.write(self.batch(store))

    def batch(self, store: Store) -> list[TraceUpdate]:
        known = [info.trace_id for info in store.reader.get([trace_id(number) for number in range(1, TRACES + 1)])]
        updates: list[TraceUpdate] = []
        for _ in range(self.random.randrange(1, 6)):
            kind = self.random.random()
            if kind < 0.6 or not known:
                updates.append(self.spans())
            elif kind < 0.8:
                updates.append(self.declaration())
            elif kind < 0.88:
                updates.append(self.new_costs(store, self.random.choice(known)))
            else:
                updates.append(TagsEdited(trace_id=self.random.choice(known), tags=self._edits()))
        return updates

    def spans(self) -> SpansArrived:
        trace = self.random.randrange(1, TRACES + 1)
        drawn: list[Span] = []
        for number in self.random.sample(range(1, 6), self.random.randrange(1, 4)):
            start_ms = self._time_ms()
            seconds = self.random.choice(SECONDS)
            is_running = self.random.random() < 0.2
            drawn.append(
                a_span(
                    number,
                    trace=trace,
                    parent=None if number == 1 else self.random.randrange(1, number),
                    name=self.random.choice(TEXTS),
                    start_ns=start_ms * NS_PER_MS,
                    end_ns=None if is_running else start_ms * NS_PER_MS + int(seconds * 1e9),
                    status=self.random.choice(STATUSES),
                )
            )
        update = arrived(*drawn, experiment=self.random.randrange(EXPERIMENTS), resource=self._service())
        facts = [self.meaning(each) for each in update.spans.facts]
        return msgspec.structs.replace(update, spans=msgspec.structs.replace(update.spans, facts=facts))

    def meaning(self, facts: SpanFacts) -> SpanFacts:
        """Give a span tokens, cost, model and provider, or none."""
        draw = self.random
        usage = cost = None
        if draw.random() < 0.5:
            usage = TokenUsage(draw.randrange(50), draw.randrange(50), draw.randrange(100), draw.choice((None, 0, 7)))
        if draw.random() < 0.4:
            cost = Cost(draw.random() / 100, draw.random() / 100, draw.random() / 50)
        return msgspec.structs.replace(
            facts,
            usage=usage,
            cost=cost,
            model=draw.choice((None, *self._models)),
            provider=draw.choice((None, "acme", "zeta")) if self._models else None,
        )

    def new_costs(self, store: Store, trace: TraceId) -> CostsChanged:
        """Compute the costs of some spans anew, and find no price for others any more."""
        spans: list[SpanFacts] = []
        for facts in store.reader.structure(trace):
            usd, price = self.random.random() / 100, Price("a list", "", {"input": self.random.random()})
            costs = self.random.choice(
                ({"cost": Cost(usd, usd, 2 * usd), "price": price}, {"cost": None, "price": None})
            )
            spans.append(msgspec.structs.replace(facts.as_told(), **costs))
        return CostsChanged(trace_id=trace, spans=spans)

    def declaration(self) -> InfoDeclared:
        draw, trace = self.random, self.random.randrange(1, TRACES + 1)
        metadata = {key: draw.choice(TEXTS) for key in KEYS if draw.random() < 0.4}
        if draw.random() < 0.3:
            metadata["mlflow.trace.tokenUsage"] = json.dumps({"input_tokens": draw.randrange(9), "output_tokens": 3})
        if draw.random() < 0.3:
            metadata["mlflow.trace.cost"] = json.dumps({"total_cost": draw.random()})
        return declared(
            trace,
            experiment=draw.randrange(EXPERIMENTS),
            request_time_ms=self._time_ms(),
            duration_ms=draw.choice((None, 0, 1, 999, 123_456)),
            state=draw.choice(list(TraceState)),
            metadata=metadata,
            tags={key: draw.choice(TEXTS) for key in KEYS if draw.random() < 0.2},
            assessments=[self.assessment(trace, number) for number in range(draw.randrange(3))],
        )

    def assessment(self, trace: int, number: int) -> Assessment:
        return an_assessment(
            100 * trace + number,
            trace=trace,
            name=self.random.choice(("quality", "safety")),
            kind=self.random.choice((AssessmentKind.FEEDBACK, AssessmentKind.EXPECTATION)),
            value=self.random.choice((True, False, "yes", " No", "good", 0, 0.5, 2, None, ["a", 1])),
            valid=self.random.random() < 0.8,
        )

    def _delete(self, store: Store) -> None:
        experiment_id = ExperimentId(self.random.randrange(EXPERIMENTS))
        if self.random.random() < 0.5:
            store.writer.delete(experiment_id, [trace_id(self.random.randrange(1, TRACES + 1))])
        else:
            store.writer.delete_before(experiment_id, self._time_ms(), self.random.choice((None, 1)))

    def _time_ms(self) -> int:
        """Often on the edge of an hour."""
        return FIRST_HOUR_MS + self.random.randrange(5) * HOUR_MS + self.random.choice((-1, 0, 1, 1_234_567))

    def _service(self) -> dict[str, str]:
        return {"service.name": "agent", "service.version": self.random.choice(("1.0", "1.1"))}

    def _edits(self) -> dict[str, str | None]:
        return {key: self.random.choice((None, *TEXTS)) for key in KEYS if self.random.random() < 0.4}
