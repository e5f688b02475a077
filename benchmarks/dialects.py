"""The same questions in each server's own words: how many traces are stored, is this trace whole, find those."""
# ruff: noqa: ARG002  # every server is asked in the same form, and uses what it needs

import base64
import http.client
import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal, Protocol
from urllib.parse import urlencode

import msgspec

from benchmarks.corpus import SPANS_PER_TRACE, Corpus
from benchmarks.servers import Running

JsonObject = dict[str, Any]  # Any: answers of servers whose shapes are not ours to declare
_JSON: Final = {"Content-Type": "application/json"}
_PAGE = 500
_KEEP_ALIVE_S = 2.0
"""Uvicorn, on which most of these servers run, closes a connection that is idle for five."""
_IDS_PER_CALL = 10


Kind = Literal["latest", "user", "session", "request id", "tag pair", "one trace", "text"]


class Question(msgspec.Struct, frozen=True):
    """One search, whatever the words."""

    kind: Kind
    value: str = ""
    second: str = ""
    """The other tag of a pair."""
    limit: int = 50


class RefusedError(Exception):
    """The server answered, but not what was asked."""


class Http:
    """A keep-alive connection for one caller."""

    def __init__(self, port: int, timeout_s: float = 60.0) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
        self._used_s = time.monotonic()

    def call(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = _JSON) -> bytes:
        """Return the answer's body, or raise when it is not a 200."""
        if time.monotonic() - self._used_s > _KEEP_ALIVE_S:
            self._connection.close()  # the next request opens it again
        try:
            self._connection.request(method, path, body or None, headers)
            answer = self._connection.getresponse()
            content = answer.read()
        except (http.client.HTTPException, OSError):
            self._connection.close()
            raise
        self._used_s = time.monotonic()
        if answer.status != 200:
            raise RefusedError(f"{method} {path}: {answer.status} {content[:300]!r}")
        return content


class Dialect(Protocol):
    """What the benchmarks ask of a server besides OTLP."""

    otlp: Literal["otlp", "openinference"]

    def create_experiment(self, name: str) -> str:
        """Return what stands for the experiment in later calls."""
        ...

    def stored_traces(self, experiment: str) -> int: ...

    def incomplete(self, experiment: str, corpus: Corpus, indices: Iterable[int]) -> list[int]:
        """Return which of these traces are not stored with exactly their ten spans."""
        ...

    def request(self, experiment: str, question: Question) -> tuple[str, str, bytes]:
        """Return method, path and body of a search."""
        ...

    def hits(self, question: Question, answer: bytes) -> int:
        """Count what a search found; for one trace, its spans."""
        ...


class Mlflow:
    """MLflow's REST, which Trilha speaks too."""

    otlp: Literal["otlp", "openinference"] = "otlp"

    def __init__(self, http_: Http) -> None:
        self._http = http_

    def create_experiment(self, name: str) -> str:
        answer = self._post("/api/2.0/mlflow/experiments/create", {"name": name})
        return str(answer["experiment_id"])

    def stored_traces(self, experiment: str) -> int:
        total, token = 0, ""
        while True:
            body: JsonObject = {"locations": _locations(experiment), "max_results": _PAGE}
            answer = self._post("/api/3.0/mlflow/traces/search", body | ({"page_token": token} if token else {}))
            total += len(answer.get("traces", []))
            token = answer.get("next_page_token", "")
            if not token:
                return total

    def incomplete(self, experiment: str, corpus: Corpus, indices: Iterable[int]) -> list[int]:
        wanted = list(indices)
        found: list[int] = []
        for at in range(0, len(wanted), _IDS_PER_CALL):
            some = wanted[at : at + _IDS_PER_CALL]
            query = urlencode([("trace_ids", f"tr-{corpus.trace_id(index).hex()}") for index in some])
            answer: JsonObject = json.loads(self._http.call("GET", f"/api/3.0/mlflow/traces/batchGet?{query}"))
            spans = {trace["trace_info"]["trace_id"]: _span_ids(trace) for trace in answer.get("traces", [])}
            found += [
                index
                for index in some
                if spans.get(f"tr-{corpus.trace_id(index).hex()}") != sorted(corpus.span_ids(index))
            ]
        return found

    def request(self, experiment: str, question: Question) -> tuple[str, str, bytes]:
        if question.kind == "one trace":
            return "GET", f"/api/3.0/mlflow/traces/get?trace_id=tr-{question.value}", b""
        body = {
            "locations": _locations(experiment),
            "filter": _mlflow_filter(question),
            "max_results": question.limit,
            "order_by": ["timestamp_ms DESC"],
        }
        return "POST", "/api/3.0/mlflow/traces/search", msgspec.json.encode(body)

    def hits(self, question: Question, answer: bytes) -> int:
        decoded: JsonObject = json.loads(answer)
        return len(decoded["trace"]["spans"]) if question.kind == "one trace" else len(decoded.get("traces", []))

    def _post(self, path: str, body: JsonObject) -> JsonObject:
        answer: JsonObject = json.loads(self._http.call("POST", path, msgspec.json.encode(body)))
        return answer


def _locations(experiment: str) -> list[JsonObject]:
    return [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}]


def _span_ids(trace: JsonObject) -> list[bytes]:
    return sorted(base64.b64decode(span["span_id"]) for span in trace.get("spans", []))


def _mlflow_filter(question: Question) -> str:
    filters: dict[str, Callable[[], str]] = {
        "latest": lambda: "",
        "user": lambda: f"metadata.`mlflow.trace.user` = '{question.value}'",
        "session": lambda: f"metadata.`mlflow.trace.session` = '{question.value}'",
        "request id": lambda: f"client_request_id = '{question.value}'",
        "tag pair": lambda: f"tags.environment = '{question.value}' AND tags.app_version = '{question.second}'",
        "text": lambda: f"trace.text LIKE '%{question.value}%'",
    }
    return filters[question.kind]()


class Phoenix:
    """Phoenix's GraphQL, as its own pages use it: a list is the root spans of a project."""

    otlp: Literal["otlp", "openinference"] = "openinference"

    def __init__(self, http_: Http) -> None:
        self._http = http_
        self._nodes: dict[str, str] = {}

    def create_experiment(self, name: str) -> str:
        return name  # a project appears with its first trace

    def stored_traces(self, experiment: str) -> int:
        project = self._project(experiment)
        return project["recordCount"] // SPANS_PER_TRACE if project else 0

    def incomplete(self, experiment: str, corpus: Corpus, indices: Iterable[int]) -> list[int]:
        found: list[int] = []
        for index in indices:
            trace = self._ask(_PHOENIX_TRACE_SPANS, {"id": corpus.trace_id(index).hex()})["getTraceByOtelId"]
            if not trace or trace["numSpans"] != SPANS_PER_TRACE:
                found.append(index)
        return found

    def request(self, experiment: str, question: Question) -> tuple[str, str, bytes]:
        if question.kind == "one trace":
            body: JsonObject = {"query": _PHOENIX_TRACE, "variables": {"id": question.value}}
        else:
            if experiment not in self._nodes:
                self._nodes[experiment] = (self._project(experiment) or {})["id"]
            conditions = _phoenix_condition(question)
            variables = {"id": self._nodes[experiment], "first": question.limit, "filter": conditions}
            body = {"query": _PHOENIX_LIST, "variables": variables}
        return "POST", "/graphql", msgspec.json.encode(body)

    def hits(self, question: Question, answer: bytes) -> int:
        decoded: JsonObject = json.loads(answer)
        if decoded.get("errors"):
            raise RefusedError(str(decoded["errors"])[:300])
        if question.kind == "one trace":
            return len(decoded["data"]["getTraceByOtelId"]["spans"]["edges"])
        return len(decoded["data"]["node"]["spans"]["edges"])

    def _project(self, name: str) -> JsonObject | None:
        found: JsonObject | None = self._ask(_PHOENIX_PROJECT, {"name": name})["getProjectByName"]
        return found

    def _ask(self, query: str, variables: JsonObject) -> JsonObject:
        answer: JsonObject = json.loads(
            self._http.call("POST", "/graphql", msgspec.json.encode({"query": query, "variables": variables}))
        )
        if answer.get("errors"):
            raise RefusedError(str(answer["errors"])[:300])
        data: JsonObject = answer["data"]
        return data


_PHOENIX_PROJECT = "query ($name: String!) { getProjectByName(name: $name) { id recordCount } }"
_PHOENIX_TRACE_SPANS = "query ($id: String!) { getTraceByOtelId(traceId: $id) { numSpans } }"
_PHOENIX_TRACE = """query ($id: String!) { getTraceByOtelId(traceId: $id) { spans(first: 1000) { edges { node {
  spanId name spanKind parentId startTime endTime latencyMs statusCode attributes } } } } }"""
_PHOENIX_LIST = """query ($id: ID!, $first: Int!, $filter: String) { node(id: $id) { ... on Project {
  spans(first: $first, filterCondition: $filter, sort: {col: startTime, dir: desc}) { edges { node {
    spanId name spanKind startTime latencyMs statusCode userId metadata tokenCountTotal
    input { truncatedValue } output { truncatedValue } trace { traceId } } } } } } }"""


def _phoenix_condition(question: Question) -> str:
    conditions = {
        "latest": "",
        "user": f"attributes[['user', 'id']] == '{question.value}'",
        "session": f"attributes[['session', 'id']] == '{question.value}'",
        "request id": f"metadata['request_id'] == '{question.value}'",
        "tag pair": f"metadata['environment'] == '{question.value}' and metadata['app_version'] == '{question.second}'",
        "text": f"'{question.value}' in output.value",
    }
    condition = conditions[question.kind]
    if question.kind == "text":
        return condition
    return f"parent_id is None and {condition}" if condition else "parent_id is None"


class Floor:
    """The floor stores and counts; it has no searches."""

    otlp: Literal["otlp", "openinference"] = "otlp"

    def __init__(self, http_: Http) -> None:
        self._http = http_
        self._before = 0

    def create_experiment(self, name: str) -> str:
        self._before = int(self._http.call("GET", "/count"))
        return "0"

    def stored_traces(self, experiment: str) -> int:
        return int(self._http.call("GET", "/count")) - self._before

    def incomplete(self, experiment: str, corpus: Corpus, indices: Iterable[int]) -> list[int]:
        return []  # it stores requests, not traces: what is counted is whole

    def request(self, experiment: str, question: Question) -> tuple[str, str, bytes]:
        raise NotImplementedError

    def hits(self, question: Question, answer: bytes) -> int:
        raise NotImplementedError


def dialect_of(running: Running, timeout_s: float = 60.0) -> Dialect:
    """Return the words that this server understands."""
    http_ = Http(running.port, timeout_s)
    by_name: dict[str, Callable[[Http], Dialect]] = {"mlflow": Mlflow, "phoenix": Phoenix, "floor": Floor}
    return by_name[running.server.dialect](http_)
