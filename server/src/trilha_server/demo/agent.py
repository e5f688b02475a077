"""The support agent of the demo: plays one turn of the story and leaves its spans."""

from typing import Any

import msgspec
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from trilha_server.demo.failures import INDEX_RESET, rate_limited, timed_out, unavailable
from trilha_server.demo.spans import Failure, Spans, json_of, set_attributes
from trilha_server.demo.story import Fault, Language, Turn, load_languages

EMBEDDING_MODEL = "text-embedding-3-small"
_SYSTEM = (
    "You are the support agent of an online shop. Answer in the customer's language, in at most three sentences."
    " Use the documents and the tools; never promise what they do not say. Offer a ticket where you cannot help."
)
_TOOLS = {
    "order": ("lookup_order", "Read an order: its status, carrier and dates.", ("order_id",)),
    "policy": ("check_refund_policy", "Say whether an item can be returned.", ("order_id", "category")),
    "ticket": ("create_ticket", "Hand the case over to a person or a carrier.", ("order_id", "summary")),
}
_TOOL_SPECIFICATIONS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": text,
            "parameters": {
                "type": "object",
                "properties": {field: {"type": "string"} for field in fields},
                "required": list(fields),
            },
        },
    }
    for name, text, fields in _TOOLS.values()
]
_TOOL_MEDIAN_MS = {"order": 140, "policy": 60, "ticket": 230}
_TOOL_TIMEOUT_MS = 10_000
_Json = dict[str, Any]  # Any: JSON


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """A turn as it went."""

    turn: Turn
    trace_id: bytes
    spans: list[Span]
    state: str
    duration_ms: int | None
    """`None` while the turn is running."""
    retrieval_span_id: bytes | None
    """`None` where nothing was looked up."""


class _Failed(Exception):
    """The turn ends here."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class _Running(Exception):
    """The turn is not over when the story ends."""


def tools_of(turn: Turn) -> list[str]:
    """Name the tools that a turn needs."""
    return [_TOOLS[step][0] for step in turn.steps if step in _TOOLS]


def play(turn: Turn) -> Played:
    """Play one turn."""
    return _Agent(turn).run()


class _Agent:
    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._language: Language = load_languages()[turn.language]
        self._spans = Spans(turn.key, turn.start_ms)
        self._messages: list[_Json] = [{"role": "system", "content": _SYSTEM}]
        for question, answer in turn.history:
            self._messages += [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
        self._messages.append({"role": "user", "content": turn.message})
        self._retrieval: bytes | None = None
        self._handled = turn.fault is not Fault.HANDLED

    def run(self) -> Played:
        turn, spans = self._turn, self._spans
        inputs = {"message": turn.message, "session_id": turn.session_id, "language": turn.language}
        root = spans.begin("customer_support_agent", "AGENT", None, inputs)
        start_ns, state = spans.now_ns, "OK"
        spans.wait(4)
        try:
            self._answer(root)
            spans.wait(3)
            spans.end(root, {"answer": turn.answer})
        except _Failed as failed:
            state = "ERROR"
            spans.end(root, None, failed.failure)
        except _Running:
            state = "IN_PROGRESS"
            spans.finished.append(root)
        return Played(
            turn=turn,
            trace_id=spans.trace_id,
            spans=spans.finished,
            state=state,
            duration_ms=None if state == "IN_PROGRESS" else spans.now_ns // 1_000_000 - start_ns // 1_000_000,
            retrieval_span_id=self._retrieval,
        )

    def _answer(self, root: Span) -> None:
        topics = [step.partition(":")[2] for step in self._turn.steps if step.startswith("docs:")]
        tools = [step for step in self._turn.steps if step in _TOOLS]
        for topic in topics:
            self._retrieve(root, topic)
        if tools:
            self._chat(root, tools)
            for number, step in enumerate(tools):
                self._use_tool(root, step, self._call_id(number))
        if self._turn.fault is Fault.RUNNING:
            raise _Running
        self._chat(root, [])

    def _retrieve(self, root: Span, topic: str) -> None:
        spans = self._spans
        span = spans.begin("retrieve_documents", "RETRIEVER", root, {"query": self._turn.message, "k": 4})
        self._retrieval = span.span_id
        embedding = spans.begin("embed_query", "EMBEDDING", span, {"input": self._turn.message})
        spans.wait(55)
        spans.count_tokens(embedding, EMBEDDING_MODEL, self._turn.message, "")
        spans.end(embedding, {"dimensions": 1536})
        if not self._handled and not any(step in _TOOLS for step in self._turn.steps):
            self._handled = True
            failed = spans.begin("query_index", "RETRIEVER", span, {"index": "help-center", "k": 4})
            spans.wait(30)
            spans.end(failed, None, INDEX_RESET)
        spans.wait(45)
        documents = self._documents(topic)
        if self._turn.version.reranks:
            documents = self._rerank(span, documents)
        spans.end(span, documents)
        passages = "\n\n".join(document["page_content"] for document in documents)
        self._messages.insert(1, {"role": "system", "content": f"Documents:\n{passages}"})

    def _documents(self, topic: str) -> list[_Json]:
        rng = self._spans.rng
        others = rng.sample([name for name in self._language.documents if name != topic], 3)
        scores = sorted((rng.uniform(0.28, 0.55) for _ in others), reverse=True)
        ranked = [(topic, rng.uniform(0.71, 0.93)), *zip(others, scores, strict=True)]
        return [
            {
                "page_content": self._language.documents[name].text,
                "metadata": {
                    "doc_uri": f"https://help.example.com/{self._turn.language}/{name}",
                    "title": self._language.documents[name].title,
                    "score": round(score, 4),
                },
                "id": f"{self._turn.language}-{name}",
            }
            for name, score in ranked
        ]

    def _rerank(self, parent: Span, documents: list[_Json]) -> list[_Json]:
        spans = self._spans
        span = spans.begin("rerank_documents", "RERANKER", parent, {"query": self._turn.message, "top_n": 3})
        spans.wait(850, 0.5)
        kept = documents[:3]
        spans.count_tokens(span, "gpt-4o-mini", json_of(documents), "[0, 1, 2]")
        spans.end(span, [document["id"] for document in kept])
        return kept

    def _chat(self, root: Span, tools: list[str]) -> None:
        spans, version = self._spans, self._turn.version
        request = {"model": version.model, "messages": list(self._messages), "temperature": 0.2}
        span = spans.begin("chat_completion", "CHAT_MODEL", root, {**request, "tools": _TOOL_SPECIFICATIONS})
        set_attributes(span, {"mlflow.message.format": "openai", "mlflow.chat.tools": _TOOL_SPECIFICATIONS})
        if self._turn.fault is Fault.RATE_LIMIT and not tools:
            spans.wait(120)
            failure = rate_limited(version.model)
            spans.end(span, None, failure)
            raise _Failed(failure)
        message = self._called(tools) if tools else {"role": "assistant", "content": self._turn.answer}
        spans.wait((420 + 9 * len(json_of(message)) / 4) * version.slowness)
        usage = spans.count_tokens(span, version.model, json_of(request["messages"]), json_of(message))
        reason = "tool_calls" if tools else "stop"
        spans.end(span, _completion(self._turn, version.model, message, reason, usage))
        self._messages.append(message)

    def _called(self, tools: list[str]) -> _Json:
        calls = [
            {
                "id": self._call_id(number),
                "type": "function",
                "function": {"name": _TOOLS[step][0], "arguments": json_of(self._arguments(step))},
            }
            for number, step in enumerate(tools)
        ]
        return {"role": "assistant", "content": None, "tool_calls": calls}

    def _call_id(self, number: int) -> str:
        return f"call_{self._turn.order.ticket_id[2:]}{number}"

    def _use_tool(self, root: Span, step: str, call_id: str) -> None:
        spans, turn = self._spans, self._turn
        arguments = self._arguments(step)
        span = spans.begin(_TOOLS[step][0], "TOOL", root, arguments)
        if turn.fault is Fault.TIMEOUT:
            spans.now_ns += _TOOL_TIMEOUT_MS * 1_000_000
            failure = timed_out(_TOOLS[step][0])
            spans.end(span, None, failure)
            raise _Failed(failure)
        if not self._handled:
            self._handled = True
            spans.wait(480)
            spans.end(span, None, unavailable(_TOOLS[step][0]))
            span = spans.begin(_TOOLS[step][0], "TOOL", root, {**arguments, "attempt": 2})
        spans.wait(_TOOL_MEDIAN_MS[step] * turn.version.slowness)
        result = self._result(step)
        spans.end(span, result)
        self._messages.append({"role": "tool", "tool_call_id": call_id, "content": json_of(result)})

    def _arguments(self, step: str) -> _Json:
        order = self._turn.order
        if step == "order":
            return {"order_id": order.order_id}
        if step == "policy":
            return {"order_id": order.order_id, "category": order.product.category}
        return {"order_id": order.order_id, "summary": self._turn.message}

    def _result(self, step: str) -> _Json:
        order = self._turn.order
        if step == "ticket":
            return {"ticket_id": order.ticket_id, "queue": "second-line", "answer_within_hours": 24}
        if step == "policy":
            return {"eligible": True, "amount": order.amount, "return_postage": "free", "delivered": order.delivered}
        is_delivered = order.delivered in self._turn.answer
        return {
            "order_id": order.order_id,
            "items": [{"name": order.product.name, "category": order.product.category, "quantity": 1}],
            "total": order.amount,
            "status": "delivered" if is_delivered else "in_transit",
            "carrier": order.carrier,
            "destination": order.city,
            "delivered" if is_delivered else "expected": order.delivered if is_delivered else order.eta,
        }


def _completion(turn: Turn, model: str, message: _Json, reason: str, usage: dict[str, int]) -> _Json:
    return {
        "id": f"chatcmpl-{turn.session_id[-8:]}{turn.order.ticket_id[2:]}",
        "object": "chat.completion",
        "created": turn.start_ms // 1000,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": {
            "prompt_tokens": usage["input_tokens"],
            "completion_tokens": usage["output_tokens"],
            "total_tokens": usage["total_tokens"],
        },
    }
