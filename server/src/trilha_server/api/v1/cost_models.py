"""What the native API takes and gives about costs, prices and jobs."""

from typing import Annotated, Literal

import msgspec
from pydantic import Field

from trilha_server.api.v1.models import CostModel, Model, UsageModel
from trilha_server.domain.job import Job
from trilha_server.domain.price import MAX_USD_PER_MILLION, Charge, PriceOverride, TokenKind
from trilha_server.domain.span import SpanFacts
from trilha_server.domain.trace import TraceInfo
from trilha_server.normalise.bill import Bill, SpanBill
from trilha_server.normalise.info import declared_cost, declared_usage
from trilha_server.normalise.pricing import COST_DECIMALS

Usd = Annotated[float, Field(ge=0, le=MAX_USD_PER_MILLION, allow_inf_nan=False)]
Name = Annotated[str, Field(max_length=300)]
TimeMs = Annotated[int, Field(ge=0, le=2**53)]


class ChargeModel(Model):
    """Tokens of one kind at one price."""

    kind: TokenKind
    tokens: int
    usd_per_million: float
    usd: float

    @classmethod
    def of(cls, charge: Charge) -> "ChargeModel":
        """Write a line."""
        return cls(
            kind=charge.kind,
            tokens=charge.tokens,
            usd_per_million=charge.usd_per_million,
            usd=round(charge.usd, COST_DECIMALS),
        )


class SpanCostModel(Model):
    """What one span cost, and why."""

    span_id: str
    parent_id: str | None
    name: str
    model: str | None
    provider: str | None
    usage: UsageModel | None
    lines: list[ChargeModel]
    cost: CostModel | None
    cost_from: Literal["computed", "set by the application", "price unknown"]
    price_source: str | None
    price_as_of: str | None
    tokens_within: str | None
    """The span above whose tokens hold these; `null` where they count in the trace's total."""
    cost_within: str | None
    """The span above whose cost holds this one; `null` where it counts in the trace's total."""

    @classmethod
    def of(cls, item: SpanBill) -> "SpanCostModel":
        """Write a span."""
        facts, price = item.facts, item.facts.price
        return cls(
            span_id=facts.span_id.hex(),
            parent_id=None if facts.parent_id is None else facts.parent_id.hex(),
            name=facts.name,
            model=facts.model,
            provider=facts.provider,
            usage=UsageModel.of(facts.usage),
            lines=[ChargeModel.of(charge) for charge in item.charges],
            cost=CostModel.of(facts.cost),
            cost_from=_cost_from(facts),
            price_source=None if price is None else price.source,
            price_as_of=None if price is None else price.as_of,
            tokens_within=None if item.tokens_within is None else item.tokens_within.hex(),
            cost_within=None if item.cost_within is None else item.cost_within.hex(),
        )


class TraceCostModel(Model):
    """What a trace cost, and why."""

    trace_id: str
    spans: list[SpanCostModel]
    """Those that have tokens or a cost, by start time."""
    lines: list[ChargeModel]
    """Of the spans whose cost counts, added up where kind and price are the same."""
    usage: UsageModel | None
    """Of the spans whose tokens count."""
    cost: CostModel | None
    """Of the spans whose cost counts: the lines, and what the application set."""
    tokens_without_price: int
    """Tokens in `usage` of which nothing is in `cost`."""
    declared_usage: UsageModel | None
    """What the application declared of the whole trace; it is shown instead of the sum."""
    declared_cost: CostModel | None

    @classmethod
    def of(cls, info: TraceInfo, bill: Bill) -> "TraceCostModel":
        """Write the bill of a trace."""
        return cls(
            trace_id=info.trace_id,
            spans=[SpanCostModel.of(item) for item in bill.spans],
            lines=[ChargeModel.of(charge) for charge in bill.charges],
            usage=UsageModel.of(bill.usage),
            cost=CostModel.of(bill.cost),
            tokens_without_price=bill.tokens_without_price,
            declared_usage=UsageModel.of(declared_usage(info.metadata)),
            declared_cost=CostModel.of(declared_cost(info.metadata)),
        )


class PriceOverrideModel(Model):
    """What an experiment pays for a model's tokens, in US dollars for a million."""

    model: Annotated[Name, Field(min_length=1, examples=["gpt-4o*"])]
    """As spans name it; `*` stands for any characters."""
    provider: Name = ""
    """Empty for whichever."""
    from_ms: TimeMs = 0
    """Calls from this Unix time on."""
    input: Usd
    output: Usd
    cache_read: Usd | None = None
    cache_write: Usd | None = None
    input_audio: Usd | None = None
    output_audio: Usd | None = None
    note: Annotated[str, Field(max_length=2000)] = ""

    @classmethod
    def of(cls, override: PriceOverride) -> "PriceOverrideModel":
        """Write an override."""
        return cls(
            model=override.model,
            provider=override.provider,
            from_ms=override.from_ms,
            note=override.note,
            **override.usd_per_million,
        )

    def override(self, now_ms: int) -> PriceOverride:
        """Read an override."""
        prices = {kind: getattr(self, kind) for kind in TokenKind}
        return PriceOverride(
            provider=self.provider,
            model=self.model,
            from_ms=self.from_ms,
            usd_per_million={kind.value: usd for kind, usd in prices.items() if usd is not None},
            note=self.note,
            create_time_ms=now_ms,
        )


class PriceOverridesModel(Model):
    """The prices of an experiment's own."""

    prices: list[PriceOverrideModel]


class RepricingRequest(Model):
    """Of which traces costs are to be computed anew."""

    start_ms: TimeMs = 0
    """Of traces from this Unix time on."""
    end_ms: TimeMs | None = None
    """Exclusive; now, if it is not said."""


class JobModel(Model):
    """Long work and its progress."""

    job_id: str
    kind: str
    experiment_id: str
    start_ms: int
    end_ms: int
    state: Literal["waiting", "running", "done", "cancelled", "failed"]
    total: int | None
    """Traces to look at; `null` until they are counted."""
    done: int
    """Traces looked at."""
    changed: int
    """Traces whose costs were others."""
    error: str
    create_time_ms: int
    update_time_ms: int

    @classmethod
    def of(cls, job: Job) -> "JobModel":
        """Write a job."""
        fields = msgspec.structs.asdict(job)
        del fields["position"]
        fields |= {"kind": job.kind.value, "state": job.state.value, "experiment_id": str(job.experiment_id)}
        return cls(**fields)


class JobsModel(Model):
    """Jobs, the newest first."""

    jobs: list[JobModel]


def _cost_from(facts: SpanFacts) -> Literal["computed", "set by the application", "price unknown"]:
    if facts.cost is None:
        return "price unknown"
    return "set by the application" if facts.price is None else "computed"
