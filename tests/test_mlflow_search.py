"""The filter language and the order of MLflow's search, through its clients."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.clients import LEAN_NEWEST, NEWEST, OLDEST, Client
from tests.support.runs import Runs

pytestmark = pytest.mark.timeout(180)

ALL = [0, 1, 2, 3, 4]

FOUND: dict[str, list[int]] = {
    # the trace itself
    "": ALL,
    "request_id = '{id0}'": [0],
    "trace.request_id = '{id0}'": [0],
    'attribute.request_id = "{id0}"': [0],
    "attributes.request_id != '{id0}'": [1, 2, 3, 4],
    "request_id IN ('{id0}', '{id3}')": [0, 3],
    "request_id NOT IN ('{id0}', '{id3}')": [1, 2, 4],
    "request_id LIKE 'tr-%'": ALL,
    "request_id = 'tr-00000000000000000000000000000000'": [],
    "client_request_id = 'req-1'": [1],
    "attributes.client_request_id = 'req-1'": [1],
    "client_request_id LIKE 'req-%'": [0, 1, 2],
    "client_request_id ILIKE 'REQ-1'": [1],
    "client_request_id LIKE 'REQ-1'": [],
    "client_request_id RLIKE '^req-[01]$'": [0, 1],
    "client_request_id IN ('req-0', 'req-9')": [0],
    "status = 'ERROR'": [2],
    "status = 'error'": [],
    "status != 'OK'": [2],
    "trace.status = 'OK'": [0, 1, 3, 4],
    "status IN ('OK', 'IN_PROGRESS')": [0, 1, 3, 4],
    "status NOT IN ('OK')": [2],
    "name = 'handler-0'": [0],
    "name != 'handler-0'": [1, 2, 3, 4],
    "attributes.name LIKE 'handler-%'": [0, 1, 2],
    "name LIKE 'handler__'": [0, 1, 2],
    "name LIKE 'HANDLER-%'": [],
    "name ILIKE 'HANDLER-%'": [0, 1, 2],
    "name RLIKE '^handler-[01]$'": [0, 1],
    "name IS NOT NULL": ALL,
    "name IS NULL": [],
    "run_id = 'no such run'": [],
    "timestamp_ms >= {t2}": [2, 3, 4],
    "timestamp > {t2}": [3, 4],
    "attribute.timestamp_ms = {t1}": [1],
    "timestamp_ms < {t2}": [0, 1],
    "trace.timestamp_ms <= {t2}": [0, 1, 2],
    "timestamp_ms != {t2}": [0, 1, 3, 4],
    "timestamp_ms > 1.5": ALL,
    "execution_time_ms >= 1000": [2],
    "execution_time < 1000": [0, 1, 3, 4],
    "end_time_ms > {e2}": [3, 4],
    "end_time = {e2}": [2],
    "trace.text LIKE '%agulha%'": [3],
    "attribute.text LIKE '%AGULHA%'": [],
    "trace.text ILIKE '%AGULHA%'": [3],
    "prompt = 'greeting/1'": [],
    # tags and metadata
    "tags.environment = 'production'": [0, 1],
    "tag.environment = 'production'": [0, 1],
    "tags.environment != 'production'": [2, 4],
    "tags.nope != 'x'": [],
    "tags.environment LIKE 'prod%'": [0, 1],
    "tags.environment ILIKE 'prod%'": [0, 1, 4],
    "tags.environment RLIKE '^[ps]'": [0, 1, 2],
    "tags.environment IS NULL": [3],
    "tags.environment IS NOT NULL": [0, 1, 2, 4],
    "tags.\"idx\" = '3'": [3],
    "tags.`idx` = '3'": [3],
    "tags.`mlflow.traceName` = 'other-3'": [3],
    "tags.`mlflow.trace.user` = 'u-4'": [4],
    "metadata.variant = 'A'": [0, 2],
    "metadata.variant != 'A'": [1],
    "metadata.variant RLIKE '[AB]'": [0, 1, 2],
    "metadata.variant IS NULL": [3, 4],
    "request_metadata.`mlflow.trace.user` = 'u-2'": [1],
    "metadata.`mlflow.trace.session` = 's-1'": [0, 1],
    "request_metadata.`mlflow.modelId` = 'm-1'": [0],
    # spans; every condition speaks of the same span
    "span.name = 'tool'": ALL,
    "span.name = 'handler-0'": [0],
    "span.type = 'CHAT_MODEL'": ALL,
    "span.status = 'ERROR'": [1, 2],
    "span.status = 'ERROR' AND span.name = 'model'": [1],
    "span.status = 'ERROR' AND span.name = 'tool'": [],
    "span.name IN ('handler-0', 'other-3')": [0, 3],
    "span.type RLIKE 'TOOL' AND span.name LIKE 't%'": ALL,
    "span.content LIKE '%agulha%'": [3],
    "span.content ILIKE '%AGULHA%' AND span.type = 'CHAIN'": [3],
    "span.content LIKE '%agulha%' AND span.type = 'TOOL'": [],
    "span.attributes.`color` LIKE '%red%'": [0],
    "span.attributes.color ILIKE '%BLUE%'": [1, 2, 3, 4],
    # assessments; only those that nobody has overridden
    "feedback.quality = 'good'": [0],
    "feedback.`quality` = 'poor'": [4],
    "feedback.quality != 'good'": [1, 4],
    "feedback.quality LIKE '%oo%'": [0, 4],
    "feedback.quality ILIKE '%GOOD%'": [0],
    "feedback.quality RLIKE 'go+d|ba[dt]'": [0, 1],
    "feedback.quality IS NULL": [2, 3],
    "feedback.quality IS NOT NULL": [0, 1, 4],
    "feedback.score > 0.5": [0, 2],
    "feedback.score >= 5": [2],
    "feedback.score < 0.5": [1],
    "feedback.score <= 0.9": [0, 1],
    "feedback.quality > 1": [],
    "feedback.ok = 'true'": [0],
    "feedback.ok = 'false'": [],
    "expectation.quality = 'great'": [3],
    "expectation.quality = 'good'": [],
    "expectation.quality IS NOT NULL": [3],
    "issue.id = 'none'": [],
    # several together
    "tags.environment = 'production' AND metadata.variant = 'A'": [0],
    "status = 'OK' and tags.environment = 'production' AND timestamp_ms > {t0}": [1],
    "status='OK'AND   tags.environment='production'": [0, 1],
    "status = 'OK' status = 'OK'": [0, 1, 3, 4],
    "feedback.quality = 'good' AND span.status = 'ERROR'": [],
}
"""What the reference finds; it keeps its meaning."""

BETTER: dict[str, list[int]] = {
    "status = 'ERROR' OR tags.environment = 'production'": [0, 1, 2],
    "NOT status = 'OK'": [2],
    "NOT (status = 'ERROR' OR name LIKE 'handler-%')": [3, 4],
    "(name = 'other-3' OR name = 'other-4') AND tags.quote IS NULL": [4],
    "status = 'ERROR' OR name = 'handler-0' AND metadata.variant = 'A'": [0, 2],
    "tags.environment IN ('production', 'staging')": [0, 1, 2],
    "metadata.variant IN ('B')": [1],
    "name IN ('handler-0', 'other-3')": [0, 3],
    "name NOT LIKE 'handler-%'": [3, 4],
    "name = 'it''s'": [],
    "tags.quote = 'it''s'": [3],
    'tags.quote = "it\'s"': [3],
    "user = 'u-1'": [0],
    "user = 'u-4'": [4],
    "user IN ('u-1', 'u-4')": [0, 4],
    "session = 's-1'": [0, 1],
    "session = 's-4'": [4],
    "tags.`mlflow.trace.user` = 'u-1'": [0],
    "metadata.`mlflow.trace.user` = 'u-4'": [4],
    "tags.`mlflow.trace.session` = 's-1'": [0, 1],
    "model_id = 'm-1'": [0],
    "version = 'm-1'": [0],
    "duration >= 1000": [2],
    "tokens.total > 100": [3],
    "feedback.score = 5": [2],
    "span.attributes.color = 'red'": [0],
    "timestamp > '2020-01-01'": ALL,
    "timestamp < '2020-01-01T00:00:00Z'": [],
}
"""What only Trilha finds."""

MALFORMED = [
    "bogus = 'x'",
    "attributes.bogus = 'x'",
    "STATUS = 'OK'",
    "tags = 'x'",
    "foo.bar = 'x'",
    "tags.idx > '3'",
    "metadata.v > 'a'",
    "tags.idx = 3",
    "status = OK",
    "status = ",
    "= 'OK'",
    "status 'OK'",
    "name = 'x",
    "name IN 'x'",
    "text LIKE 'x'",
    "status IN ()",
    "status IN (1,2)",
    "execution_time_ms IN (1)",
    "status = 'OK'; status = 'OK'",
    "status == 'OK'",
    "span.bogus = 'x'",
    "span.content = 'x'",
    "span.name > 'x'",
    "feedback.score > 'a'",
    "prompt = 'x'",
    "prompt > 'a/1'",
    "issue.id IS NULL",
    "timestamp_ms LIKE 'x'",
    "request_id IS NOT NULL",
]

ORDERED: dict[str, list[int]] = {
    "": [4, 3, 2, 1, 0],
    "timestamp_ms DESC": [4, 3, 2, 1, 0],
    "timestamp_ms": [0, 1, 2, 3, 4],
    "timestamp ASC": [0, 1, 2, 3, 4],
    "attributes.timestamp_ms asc": [0, 1, 2, 3, 4],
    "status": [2, 4, 3, 1, 0],
    "name DESC": [4, 3, 2, 1, 0],
    "name; timestamp_ms ASC": [0, 1, 2, 3, 4],
    "tags.idx DESC": [4, 3, 2, 1, 0],
    "tags.environment": [4, 1, 0, 2, 3],
    "tags.environment DESC": [2, 1, 0, 4, 3],
    "metadata.variant; timestamp ASC": [0, 2, 1, 3, 4],
}
"""Terms are joined by semicolons; a trace without the value comes last."""

BAD_ORDERS = ["bogus", "timestamp_ms SIDEWAYS", "tags", "span.name"]


def query(filter_string: str | None = None, order: str = "timestamp_ms ASC") -> dict[str, Any]:
    return {"filter": filter_string or None, "order_by": order.split("; ") if order else None}


FILTERS = [*FOUND, *BETTER, *MALFORMED]
ORDERS = [*ORDERED, "end_time_ms DESC", *BAD_ORDERS]
QUERIES = [*map(query, FILTERS), *(query(order=order) for order in ORDERS)]


@pytest.fixture(scope="session")
def queries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("queries") / "queries.json"
    path.write_text(json.dumps(QUERIES))
    return path


@pytest.fixture(params=[NEWEST, LEAN_NEWEST], ids=["newest", "lean newest"])
def client(request: pytest.FixtureRequest) -> Client:
    return request.param


def answer(runs: Runs, client: Client, queries: Path, asked: dict[str, Any]) -> Any:
    found = runs.seen(client, "searching", QUERIES=str(queries))["found"]
    return found[QUERIES.index(asked)]


@pytest.mark.parametrize("filter_string", FOUND)
def test_a_filter_finds_what_the_reference_finds(runs: Runs, client: Client, queries: Path, filter_string: str) -> None:
    assert answer(runs, client, queries, query(filter_string)) == {"result": FOUND[filter_string]}


@pytest.mark.trilha_only
@pytest.mark.parametrize("filter_string", BETTER)
def test_a_filter_may_say_more(runs: Runs, client: Client, queries: Path, filter_string: str) -> None:
    assert answer(runs, client, queries, query(filter_string)) == {"result": BETTER[filter_string]}


@pytest.mark.parametrize("filter_string", MALFORMED)
def test_a_malformed_filter_is_refused(runs: Runs, client: Client, queries: Path, filter_string: str) -> None:
    refusal = answer(runs, client, queries, query(filter_string))
    assert refusal.get("error_code") == "INVALID_PARAMETER_VALUE", refusal
    assert "sqlite" not in refusal["message"].lower()


@pytest.mark.trilha_only
@pytest.mark.parametrize(("wrong", "right"), [("STATUS = 'OK'", "'status'"), ("tags = 'x'", "tags.")])
def test_a_refusal_says_what_was_meant(runs: Runs, client: Client, queries: Path, wrong: str, right: str) -> None:
    assert right in answer(runs, client, queries, query(wrong))["message"]


@pytest.mark.parametrize("order", ORDERED)
def test_traces_come_in_the_order_that_was_asked_for(runs: Runs, client: Client, queries: Path, order: str) -> None:
    assert answer(runs, client, queries, query(order=order)) == {"result": ORDERED[order]}


@pytest.mark.trilha_only  # the reference breaks
def test_traces_may_come_in_the_order_of_their_ends(runs: Runs, client: Client, queries: Path) -> None:
    assert answer(runs, client, queries, query(order="end_time_ms DESC")) == {"result": [4, 3, 2, 1, 0]}


@pytest.mark.parametrize("order", BAD_ORDERS)
def test_a_malformed_order_is_refused(runs: Runs, client: Client, queries: Path, order: str) -> None:
    refusal = answer(runs, client, queries, query(order=order))
    assert refusal.get("error_code") == "INVALID_PARAMETER_VALUE", refusal


OLDEST_FOUND = [
    "",
    "status = 'ERROR'",
    "name = 'handler-0'",
    "timestamp_ms >= {t2}",
    "tags.environment = 'production'",
    "metadata.variant = 'A'",
    "request_metadata.`mlflow.trace.user` = 'u-2'",
    "tags.environment = 'production' AND metadata.variant = 'A'",
]
"""What its own notes tell of 3.1."""


@pytest.mark.parametrize("filter_string", OLDEST_FOUND)
def test_the_oldest_client_finds_the_same(runs: Runs, queries: Path, filter_string: str) -> None:
    assert answer(runs, OLDEST, queries, query(filter_string)) == {"result": FOUND[filter_string]}


@pytest.mark.parametrize("order", ["", "timestamp_ms", "name DESC"])
def test_the_oldest_client_sees_the_same_order(runs: Runs, queries: Path, order: str) -> None:
    assert answer(runs, OLDEST, queries, query(order=order)) == {"result": ORDERED[order]}


def test_the_oldest_client_hears_of_a_malformed_filter(runs: Runs, queries: Path) -> None:
    assert answer(runs, OLDEST, queries, query("bogus = 'x'"))["error_code"] == "INVALID_PARAMETER_VALUE"
