"""What people, code and judges say of the demo's turns."""

from datetime import UTC, datetime
from hashlib import blake2b
from random import Random
from typing import Any

from trilha_server.demo.agent import Played, tools_of
from trilha_server.demo.story import Language

_SLOW_MS = 6_000
_HUMAN_SHARE = 0.28
_COMMENT_SHARE = 0.45
_JUDGE_SHARE = 0.5
_JUDGE_FAILS_SHARE = 0.04
_REVIEW_SHARE = 0.06
_JUDGE = "gpt-4.1"
_REVIEWER = "marina.reviews"
_Json = dict[str, Any]  # Any: JSON


def judgements(played: Played, language: Language) -> list[_Json]:
    """List the assessments of a turn that is over, in MLflow's JSON; their ids follow from the turn."""
    if played.duration_ms is None:
        return []
    return _Judging(played, language).all()


class _Judging:
    def __init__(self, played: Played, language: Language) -> None:
        self._played = played
        self._language = language
        self._rng = Random(f"judge/{played.turn.key}")  # noqa: S311  # a story, not a secret
        self._time_ms = played.turn.start_ms + (played.duration_ms or 0)
        self._is_good = played.state == "OK" and self._rng.random() < 0.9 - 0.12 * (played.turn.version.slowness > 2)
        self._found: list[_Json] = []

    def all(self) -> list[_Json]:
        self._by_code()
        if self._played.state == "OK" and self._rng.random() < _JUDGE_SHARE:
            self._by_judge()
        if self._rng.random() < _HUMAN_SHARE:
            self._by_customer()
        if self._played.state == "OK" and self._rng.random() < _REVIEW_SHARE:
            self._by_reviewer()
        return self._found

    def _by_code(self) -> None:
        duration_ms = self._played.duration_ms or 0
        self._add("fast_enough", "CODE", "latency_check", {"feedback": {"value": duration_ms <= _SLOW_MS}}, after_s=1)

    def _by_judge(self) -> None:
        if self._rng.random() < _JUDGE_FAILS_SHARE:
            error = {"error_code": "JUDGE_TIMEOUT", "error_message": "the judge did not answer within 60 s"}
            self._add("relevance_to_query", "LLM_JUDGE", _JUDGE, {"feedback": {"error": error}}, after_s=60)
            return
        why = (
            "The answer addresses the question." if self._is_good else "The answer leaves a part of the question open."
        )
        value = "yes" if self._is_good else "no"
        self._add(
            "relevance_to_query", "LLM_JUDGE", _JUDGE, {"feedback": {"value": value}, "rationale": why}, after_s=40
        )
        span_id = self._played.retrieval_span_id
        if span_id is not None:
            grounded = self._rng.random() < 0.93
            why = "Every claim stands in the documents." if grounded else "The date stands in no document."
            body: _Json = {"feedback": {"value": "yes" if grounded else "no"}, "rationale": why}
            self._add("retrieval_groundedness", "LLM_JUDGE", _JUDGE, {**body, "span_id": span_id.hex()}, after_s=45)

    def _by_customer(self) -> None:
        body: _Json = {"feedback": {"value": self._is_good}}
        if self._rng.random() < _COMMENT_SHARE:
            body["rationale"] = self._rng.choice(self._language.good if self._is_good else self._language.bad)
        self._add("user_feedback", "HUMAN", self._played.turn.user, body, after_s=20)

    def _by_reviewer(self) -> None:
        turn = self._played.turn
        self._add("expected_response", "HUMAN", _REVIEWER, {"expectation": {"value": turn.answer}}, after_s=300)
        self._add("expected_tools", "HUMAN", _REVIEWER, {"expectation": {"value": tools_of(turn)}}, after_s=330)
        judged = next((item for item in self._found if item["assessment_name"] == "relevance_to_query"), None)
        if judged is not None and judged["feedback"].get("value") == "no":
            judged["valid"] = False
            body: _Json = {"feedback": {"value": "yes"}, "rationale": "Complete enough; the customer asked no more."}
            body["overrides"] = judged["assessment_id"]
            self._add("relevance_to_query", "HUMAN", _REVIEWER, body, after_s=360)

    def _add(self, name: str, source_type: str, source_id: str, body: _Json, *, after_s: int) -> None:
        identity = f"{self._played.turn.key}/{name}/{source_type}"
        time_ms = self._time_ms + after_s * 1000 + self._rng.randrange(1000)
        self._found.append(
            {
                "assessment_id": f"a-{blake2b(identity.encode(), digest_size=16).hexdigest()}",
                "assessment_name": name,
                "source": {"source_type": source_type, "source_id": source_id},
                "create_time": time_text(time_ms),
                "last_update_time": time_text(time_ms),
                **body,
            }
        )


def time_text(time_ms: int) -> str:
    """Write a time as MLflow's clients do."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
