"""The whole conversation of a trace: every message once, a tool's call, work and result as one, by time.

A model is given all that was said before with every call. What a conversation has shown already is folded: messages
are the same where role and content are, and the second of two equal ones in one request is another message. Each agent
has a conversation of its own.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import msgspec

from trilha_server.analysis.steps import MODEL_TYPES, RETRIEVER_TYPES, TOOL_TYPE, Step, root_of
from trilha_server.domain.ids import SpanId
from trilha_server.domain.message import Document, Message, Reasoning, Role, ToolCall, ToolResult
from trilha_server.domain.span import AttributeValue, SpanFacts

AGENT_TYPE = "AGENT"

_INVOKING = "invoke_agent "  # OpenTelemetry's GenAI conventions put it before the name
_MAX_NESTING = 50  # agents in agents, calls in calls; frameworks write a few, and a chain must not take its square


class Item(msgspec.Struct, kw_only=True):
    """One thing that happened."""

    span_id: SpanId | None
    time_ns: int
    """When its span began."""
    agents: tuple[str, ...]
    """The agents that it happened in, the outermost first."""
    error: str | None = None
    """`None` where its span did not fail."""


class MessageItem(Item, kw_only=True):
    """Somebody said something."""

    message: Message
    """Without calls and results of tools, which are items of their own."""
    tool_calls: int = 0
    """How many tools it asked for."""
    folded: int = 0
    """How many messages the call of the model repeated; told by the first item of the call."""
    answered_by: SpanFacts | None = None
    """The call of a model that ended with this message."""


class ToolItem(Item, kw_only=True):
    """A tool was called, by a model or by the program."""

    name: str | None
    call_id: str | None = None
    asked_by: SpanId | None = None
    """The call of a model that asked for it."""
    arguments: AttributeValue = None
    result: AttributeValue = None
    is_answered: bool = False
    """Whether the model was told the result."""
    duration_ns: int | None = None


class DocumentsItem(Item, kw_only=True):
    """Something was looked up."""

    name: str
    query: AttributeValue
    documents: tuple[Document, ...]
    duration_ns: int | None


AnyItem: TypeAlias = MessageItem | ToolItem | DocumentsItem


class Transcript(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation."""

    items: list[AnyItem]
    """By time."""
    repeated: int
    """How many messages were folded."""


def transcript(structure: Sequence[SpanFacts], steps: Sequence[Step]) -> Transcript:
    """Put a conversation together; both by start time."""
    return _Assembly(structure, steps).run()


class _Assembly:
    def __init__(self, structure: Sequence[SpanFacts], steps: Sequence[Step]) -> None:
        self._structure = structure
        self._steps = steps
        self._agents = _Agents({facts.span_id: facts for facts in structure})
        self._told_within, self._within_others = _nested_calls(structure, steps)
        self._shown: dict[tuple[str, ...], dict[bytes, list[MessageItem | None]]] = {}
        self._cards = _Cards()
        self._items: list[AnyItem] = []
        self._repeated = 0

    def run(self) -> Transcript:
        has_chat = False
        for step in self._steps:
            kind = step.facts.span_type
            if kind in MODEL_TYPES:
                has_chat = True
                self._model_call(step)
            elif kind == TOOL_TYPE:
                self._tool(step)
            elif kind in RETRIEVER_TYPES:
                self._lookup(step)
        if not has_chat:
            self._root()
        self._items.sort(key=lambda item: item.time_ns)
        return Transcript(items=self._items, repeated=self._repeated)

    def _model_call(self, step: Step) -> None:
        agents = self._agents.of(step.facts.span_id)
        shown = self._shown.setdefault(agents, defaultdict(list))
        first = len(self._items)
        folded = 0
        met: Counter[bytes] = Counter()
        for said in step.heard:
            met[said.key] += 1
            known = shown[said.key]
            if met[said.key] <= len(known):
                folded += 1
                _add_thoughts(known[met[said.key] - 1], said.message)
            else:
                known.append(self._say(step, agents, said.message, is_answer=False))
        answer: MessageItem | None = None
        within = self._told_within.get(step.facts.span_id)
        for said in step.said:
            if within is not None and said.key in within:
                continue
            answer = self._say(step, agents, said.message, is_answer=True)
            shown[said.key].append(answer)
        is_inner = step.facts.span_id in self._within_others
        if answer is None and (step.error is not None or (within is None and not is_inner)):
            answer = self._say(step, agents, Message(Role.ASSISTANT, ()), is_answer=True)
        if answer is not None:
            answer.answered_by, answer.error = step.facts, step.error
        self._repeated += folded
        told = next((item for item in self._items[first:] if isinstance(item, MessageItem)), None)
        if told is not None:
            told.folded = folded

    def _say(self, step: Step, agents: tuple[str, ...], message: Message, *, is_answer: bool) -> MessageItem | None:
        """Show a message; one that only repeats calls or brings results is no item itself."""
        calls = [part for part in message.parts if isinstance(part, ToolCall)]
        rest = tuple(part for part in message.parts if not isinstance(part, ToolCall | ToolResult))
        span_id, time_ns = step.facts.span_id, step.facts.start_ns
        for part in message.parts:
            if isinstance(part, ToolResult) and not self._cards.answer(part, agents):
                card = ToolItem(span_id=None, time_ns=time_ns, agents=agents, name=part.name, call_id=part.call_id)
                card.result, card.is_answered = part.result, True
                self._add_card(card)
        item = None
        if rest or is_answer:
            said = msgspec.structs.replace(message, parts=rest)
            item = MessageItem(span_id=span_id, time_ns=time_ns, agents=agents, message=said, tool_calls=len(calls))
            self._items.append(item)
        for call in calls:
            if is_answer or not self._cards.is_known(call):
                card = ToolItem(span_id=None, time_ns=time_ns, agents=agents, name=call.name, call_id=call.call_id)
                card.arguments, card.asked_by = call.arguments, span_id if is_answer else None
                self._add_card(card)
        return item

    def _tool(self, step: Step) -> None:
        facts = step.facts
        agents = self._agents.of(facts.span_id)
        card = self._cards.for_span(step, agents)
        if card is None:
            name = step.tool_names[0] if step.tool_names else facts.name
            card = ToolItem(span_id=None, time_ns=facts.start_ns, agents=agents, name=name, call_id=step.call_id)
            failed = self._cards.failed(step)
            if failed is not None:  # it is tried once more for the same call
                card.call_id, card.asked_by = failed.call_id, failed.asked_by
            self._add_card(card)
        card.span_id, card.time_ns, card.error = facts.span_id, facts.start_ns, step.error
        card.duration_ns = _duration_ns(facts)
        card.arguments = step.inputs if card.arguments is None else card.arguments
        card.result = step.outputs if card.result is None else card.result

    def _lookup(self, step: Step) -> None:
        facts = step.facts
        self._items.append(
            DocumentsItem(
                span_id=facts.span_id,
                time_ns=facts.start_ns,
                agents=self._agents.of(facts.span_id),
                error=step.error,
                name=facts.name,
                query=step.inputs,
                documents=step.documents,
                duration_ns=_duration_ns(facts),
            )
        )

    def _root(self) -> None:
        """Take what the root was given and gave for the conversation."""
        root = root_of(self._structure).span_id if self._structure else None
        step = next((step for step in self._steps if step.facts.span_id == root), None)
        if step is None or step.facts.span_type == TOOL_TYPE or step.facts.span_type in RETRIEVER_TYPES:
            return
        agents = self._agents.of(step.facts.span_id)
        last_ns = max([step.facts.end_ns or 0, *(item.time_ns for item in self._items), step.facts.start_ns])
        asked, self._items = self._items, []
        for said in step.heard:
            self._say(step, agents, said.message, is_answer=False)
        self._items += asked
        answers = [self._say(step, agents, said.message, is_answer=True) for said in step.said]
        if step.error is not None and not answers:
            answers.append(self._say(step, agents, Message(Role.ASSISTANT, ()), is_answer=True))
        for answer in answers:
            if answer is not None:
                answer.time_ns, answer.error = last_ns, step.error

    def _add_card(self, card: ToolItem) -> None:
        self._items.append(card)
        self._cards.add(card)


class _Cards:
    """The tools that were called, to find the one that a span or a result belongs to."""

    def __init__(self) -> None:
        self._by_call: dict[str, list[ToolItem]] = defaultdict(list)
        self._by_name: dict[str | None, list[ToolItem]] = defaultdict(list)
        self._unanswered: dict[tuple[str, ...], list[ToolItem]] = defaultdict(list)

    def add(self, card: ToolItem) -> None:
        if card.call_id is not None:
            self._by_call[card.call_id].append(card)
        self._by_name[card.name].append(card)
        if not card.is_answered:
            self._unanswered[card.agents].append(card)

    def is_known(self, call: ToolCall) -> bool:
        """Tell whether the history of a model repeats a call."""
        return call.call_id is not None and any(card.name == call.name for card in self._by_call[call.call_id])

    def answer(self, part: ToolResult, agents: tuple[str, ...]) -> bool:
        """Give a result to its card; says whether there is one."""
        by_call = self._by_call.get(part.call_id) if part.call_id is not None else None
        if by_call is not None:
            card = next((card for card in reversed(by_call) if not card.is_answered), None)
        else:
            self._unanswered[agents] = [card for card in self._unanswered[agents] if not card.is_answered]
            waiting = self._unanswered[agents]
            card = next((card for card in waiting if part.name in (None, card.name)), None)
        if card is None:  # another agent may have been told it already
            return any(card.result == part.result for card in by_call or ())
        card.result, card.is_answered = part.result, True
        return True

    def for_span(self, step: Step, agents: tuple[str, ...]) -> ToolItem | None:
        """Find the card of a call that waits for its span: by id, else the oldest by name, of the same agent first."""
        if step.call_id is not None and step.call_id in self._by_call:
            return next((card for card in reversed(self._by_call[step.call_id]) if card.span_id is None), None)
        for name in step.tool_names:
            self._by_name[name] = [card for card in self._by_name[name] if card.span_id is None or card.error]
            waiting = [card for card in self._by_name[name] if card.span_id is None]
            of_agent = [card for card in waiting if card.agents == agents]
            if waiting:
                return (of_agent or waiting)[0]
        return None

    def failed(self, step: Step) -> ToolItem | None:
        """Find the last call of the same tool, if it failed and the model was told nothing yet."""
        for name in step.tool_names:
            for card in reversed(self._by_name[name]):
                if card.error is not None and not card.is_answered:
                    return card
        return None


class _Agents:
    """Finds the agents that a span is in."""

    def __init__(self, facts: Mapping[SpanId, SpanFacts]) -> None:
        self._facts = facts
        self._known: dict[SpanId, tuple[str, ...]] = {}

    def of(self, span_id: SpanId) -> tuple[str, ...]:
        """List them, the outermost first; an agent within its like is one."""
        way = list(_upwards(self._facts, span_id, self._known))
        agents = self._known.get(self._above(way[-1]), ()) if way else self._known[span_id]
        for facts in reversed(way):
            name = facts.name.removeprefix(_INVOKING)
            if facts.span_type == AGENT_TYPE and agents[-1:] != (name,) and len(agents) < _MAX_NESTING:
                agents = (*agents, name)
            self._known[facts.span_id] = agents
        return agents

    @staticmethod
    def _above(facts: SpanFacts) -> SpanId:
        return facts.parent_id or SpanId(b"")


def _upwards(
    facts: Mapping[SpanId, SpanFacts], span_id: SpanId | None, known: Mapping[SpanId, object]
) -> Iterator[SpanFacts]:
    """Walk from a span to its root, up to what is known already; a circle is walked once."""
    met: set[SpanId] = set()
    while span_id is not None and span_id not in known and span_id not in met and span_id in facts:
        met.add(span_id)
        yield facts[span_id]
        span_id = facts[span_id].parent_id


def _nested_calls(
    structure: Sequence[SpanFacts], steps: Sequence[Step]
) -> tuple[dict[SpanId, set[bytes]], set[SpanId]]:
    """Say of each call of a model what calls within it said, and which calls are within others.

    Frameworks record the call of a library around it.
    """
    facts = {one.span_id: one for one in structure}
    calls = {step.facts.span_id: step for step in steps if step.facts.span_type in MODEL_TYPES}
    nearest: dict[SpanId, SpanId | None] = {}
    told: dict[SpanId, set[bytes]] = {}
    within: set[SpanId] = set()
    for span_id, step in calls.items():
        keys = {said.key for said in step.said}
        above = _nearest_call(facts, calls, nearest, step.facts.parent_id)
        met = {span_id}
        while above is not None and above not in met and len(met) <= _MAX_NESTING:
            within.add(span_id)
            met.add(above)
            told.setdefault(above, set()).update(keys)
            above = _nearest_call(facts, calls, nearest, calls[above].facts.parent_id)
    return told, within


def _nearest_call(
    facts: Mapping[SpanId, SpanFacts],
    calls: Mapping[SpanId, Step],
    nearest: dict[SpanId, SpanId | None],
    span_id: SpanId | None,
) -> SpanId | None:
    way: list[SpanId] = []
    found: SpanId | None = None
    for one in _upwards(facts, span_id, nearest):
        if one.span_id in calls:
            found = one.span_id
            break
        way.append(one.span_id)
    else:
        last = facts[way[-1]].parent_id if way else span_id
        found = None if last is None else nearest.get(last)
    for passed in way:
        nearest[passed] = found
    return found


def _add_thoughts(item: MessageItem | None, message: Message) -> None:
    """Keep the thoughts that only a repetition tells."""
    if item is None:
        return
    known = {part for part in item.message.parts if isinstance(part, Reasoning)}
    new = tuple(part for part in message.parts if isinstance(part, Reasoning) and part not in known)
    if new:
        item.message = msgspec.structs.replace(item.message, parts=(*new, *item.message.parts))


def _duration_ns(facts: SpanFacts) -> int | None:
    return None if facts.end_ns is None else facts.end_ns - facts.start_ns
