"""The story that `trilha demo` tells: who asked what of a shop's support agent, when, and what went wrong."""

import calendar
import functools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from random import Random

import msgspec

WEEK = timedelta(days=7)
LAST_START = timedelta(minutes=45)
"""Conversations begin at least so long before the end, so that their last turn ends before it too."""

# Conversations by hour of the day (UTC): a shop whose customers sleep, eat lunch and write in the evening.
_HOUR_WEIGHTS = (2, 1, 1, 1, 1, 2, 3, 5, 8, 10, 11, 10, 8, 9, 10, 10, 9, 9, 10, 11, 10, 8, 5, 3)
_WEEKEND_WEIGHT = 0.6

_LANGUAGE_WEIGHTS = {"pt": 35, "en": 30, "es": 20, "zh": 15}
_ORDER_PREFIXES = {"pt": "BR", "en": "UK", "es": "ES", "zh": "CN"}
_STAGING_SHARE = 0.12
_TRY_AGAIN_SHARE = 0.7
_MAX_TURNS = 6


class Product(msgspec.Struct, frozen=True):
    """Something that the shop sells."""

    name: str
    category: str
    price: float
    """In the customer's currency."""


class Document(msgspec.Struct, frozen=True):
    """An article of the shop's knowledge base."""

    title: str
    text: str


class TurnText(msgspec.Struct, frozen=True):
    """One question, what the agent does about it, and its answer."""

    user: str
    steps: list[str]
    """`docs:<topic>`, `order`, `policy` or `ticket`, in this order."""
    answer: str


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """What one customer wants."""

    topic: str
    turns: list[TurnText]
    product: int | None = None
    """Index of the product that the words are about; `None` where any will do."""


class Language(msgspec.Struct, frozen=True, kw_only=True):
    """Texts and names in one language."""

    users: list[str]
    cities: list[str]
    carriers: list[str]
    currency: str
    decimal_mark: str
    date: str
    products: list[Product]
    good: list[str]
    bad: list[str]
    documents: dict[str, Document]
    """By topic."""
    conversations: list[Conversation]


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A release of the agent."""

    number: str
    released: timedelta
    """Before the end of the week, in production; staging has it a day earlier."""
    model: str
    slowness: float
    fault_share: float
    reranks: bool = False

    @property
    def model_id(self) -> str:
        """The name of the release, as traces carry it."""
        return f"customer_support_agent-v{self.number}"


VERSIONS = (
    Version(number="1.0.0", released=timedelta(days=30), model="gpt-4o-mini", slowness=1.0, fault_share=0.05),
    Version(number="1.1.0", released=timedelta(days=4.2), model="gpt-4o", slowness=2.1, fault_share=0.17, reranks=True),
    Version(number="1.2.0", released=timedelta(days=2), model="gpt-4.1-mini", slowness=0.8, fault_share=0.03),
)


class Fault(StrEnum):
    """What goes wrong in a turn."""

    TIMEOUT = "timeout"
    """A tool does not answer, and the turn fails."""
    RATE_LIMIT = "rate_limit"
    """The model's provider refuses, and the turn fails."""
    HANDLED = "handled"
    """A step fails, is tried again, and the turn succeeds."""
    RUNNING = "running"
    """Nothing yet: the turn is not over."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What the shop knows of a customer's order."""

    order_id: str
    product: Product
    amount: str
    carrier: str
    city: str
    delivered: str
    eta: str
    ticket_id: str


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One question to the agent: one trace."""

    key: str
    """Every id and every random choice of the trace follows from it."""
    language: str
    session_id: str
    user: str
    version: Version
    environment: str
    start_ms: int
    """Unix time."""
    message: str
    answer: str
    steps: tuple[str, ...]
    history: tuple[tuple[str, str], ...]
    """Questions and answers before this one."""
    order: Order
    fault: Fault | None


@functools.cache
def load_languages() -> dict[str, Language]:
    """Read the texts."""
    text = Path(__file__).with_name("data.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, Language])


def tell(seed: str, until_ms: int) -> Iterator[Turn]:
    """Tell turn after turn of the week that ends at `until_ms`, without end; the first one is still running.

    The same arguments tell the same, and who listens longer hears the same beginning.
    """
    languages = load_languages()
    number = 0
    while True:
        yield from _conversation(f"{seed}/{number}", until_ms, languages, is_running=number == 0)
        number += 1


def _conversation(key: str, until_ms: int, languages: dict[str, Language], *, is_running: bool) -> Iterator[Turn]:
    rng = Random(key)  # noqa: S311  # a story, not a secret
    code = rng.choices(list(_LANGUAGE_WEIGHTS), list(_LANGUAGE_WEIGHTS.values()))[0]
    language = languages[code]
    conversation = rng.choice([item for item in language.conversations if not is_running or "order" in _steps(item)])
    until = datetime.fromtimestamp(until_ms / 1000, UTC)
    time = until - timedelta(seconds=12) if is_running else _start(rng, until)
    is_staging = not is_running and rng.random() < _STAGING_SHARE
    version = _version(until - time, is_staging=is_staging)
    user = rng.choice(("qa.bot", "qa.marina", "qa.chen")) if is_staging else rng.choice(language.users)
    order = _order(rng, code, language, conversation, time)
    session_id = f"chat-{time:%m%d}-{rng.getrandbits(32):08x}"
    history: list[tuple[str, str]] = []
    number = 0
    pending = [text for text in conversation.turns if not is_running or "order" in text.steps]
    while pending and number < _MAX_TURNS:
        text = pending[0]
        fault = Fault.RUNNING if is_running else _fault(rng, version, text)
        turn = Turn(
            key=f"{key}/{number}",
            language=code,
            session_id=session_id,
            user=user,
            version=version,
            environment="staging" if is_staging else "production",
            start_ms=round(time.timestamp() * 1000),
            message=_filled(text.user, order),
            answer=_filled(text.answer, order),
            steps=tuple(text.steps),
            history=tuple(history),
            order=order,
            fault=fault,
        )
        yield turn
        number += 1
        time += timedelta(seconds=rng.uniform(35, 190))
        if is_running or (fault in (Fault.TIMEOUT, Fault.RATE_LIMIT) and rng.random() > _TRY_AGAIN_SHARE):
            return  # the customer gives up
        if fault not in (Fault.TIMEOUT, Fault.RATE_LIMIT):
            history.append((turn.message, turn.answer))
            del pending[0]


def _steps(conversation: Conversation) -> set[str]:
    return {step for turn in conversation.turns for step in turn.steps}


def _start(rng: Random, until: datetime) -> datetime:
    span_s = (WEEK - LAST_START).total_seconds()
    while True:
        time = until - WEEK + timedelta(seconds=rng.uniform(0, span_s))
        weight = _HOUR_WEIGHTS[time.hour] * (_WEEKEND_WEIGHT if time.weekday() >= 5 else 1.0)
        if rng.uniform(0, max(_HOUR_WEIGHTS)) < weight:
            return time


def _version(age: timedelta, *, is_staging: bool) -> Version:
    lead = timedelta(days=1) if is_staging else timedelta()
    return [version for version in VERSIONS if version.released + lead >= age][-1]


def _fault(rng: Random, version: Version, text: TurnText) -> Fault | None:
    if rng.random() >= version.fault_share:
        return None
    if not text.steps:
        return Fault.RATE_LIMIT
    if all(step.startswith("docs:") for step in text.steps):
        return rng.choices((Fault.RATE_LIMIT, Fault.HANDLED), (2, 4))[0]
    return rng.choices((Fault.TIMEOUT, Fault.RATE_LIMIT, Fault.HANDLED), (3, 2, 4))[0]


def _order(rng: Random, code: str, language: Language, conversation: Conversation, time: datetime) -> Order:
    product = rng.choice(language.products) if conversation.product is None else language.products[conversation.product]
    return Order(
        order_id=f"{_ORDER_PREFIXES[code]}-{rng.randint(20_000, 99_999)}",
        product=product,
        amount=language.currency.format(f"{product.price:.2f}".replace(".", language.decimal_mark)),
        carrier=rng.choice(language.carriers),
        city=rng.choice(language.cities),
        delivered=_day(language, time - timedelta(days=rng.randint(2, 6))),
        eta=_day(language, time + timedelta(days=rng.randint(1, 3))),
        ticket_id=f"T-{rng.randint(100_000, 999_999)}",
    )


def _day(language: Language, time: datetime) -> str:
    return language.date.format(day=time.day, month=time.month, month_name=calendar.month_name[time.month])


def _filled(text: str, order: Order) -> str:
    return text.format(
        order=order.order_id,
        product=order.product.name,
        amount=order.amount,
        carrier=order.carrier,
        city=order.city,
        date=order.delivered,
        eta=order.eta,
        ticket=order.ticket_id,
    )
