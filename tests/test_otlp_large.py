"""Big traces and big spans go in and come out whole."""

from collections.abc import Iterator

import pytest

from tests.support.mlflow_rest import MlflowRest
from tests.support.otlp import a_request, a_span, mlflow_id, new_trace_id
from tests.support.processes import RunningServer

pytestmark = pytest.mark.timeout(180)

SPANS = 100_000
SPANS_A_REQUEST = 5_000
BIG_BYTES = 30 * 10**6


@pytest.fixture
def rest(trilha_server: RunningServer) -> Iterator[MlflowRest]:
    with MlflowRest(trilha_server.url) as rest:
        yield rest


def test_a_trace_of_100000_spans_comes_out_whole(rest: MlflowRest) -> None:
    trace_id = new_trace_id()
    root = a_span(trace_id, name="root", span_id=(2**40).to_bytes(8, "big"))
    for first in range(0, SPANS - 1, SPANS_A_REQUEST):
        numbers = range(first + 1, min(first + SPANS_A_REQUEST, SPANS - 1) + 1)
        spans = [
            a_span(trace_id, name=f"n{number}", span_id=number.to_bytes(8, "big"), parent_id=root.span_id)
            for number in numbers
        ]
        assert rest.send(a_request(*spans)).status_code == 200
    assert rest.send(a_request(root)).status_code == 200
    assert rest.info(trace_id)["state"] == "OK"
    names = [span["name"] for span in rest.spans(trace_id)]
    assert names[0] == "root"
    assert len(names) == SPANS
    assert set(names) == {"root", *(f"n{number}" for number in range(1, SPANS))}


def test_a_span_of_30_megabytes_comes_out_whole(rest: MlflowRest) -> None:
    trace_id = new_trace_id()
    text = "".join(f"{number:08x}" for number in range(BIG_BYTES // 8))
    span = a_span(trace_id, attributes={"mlflow.spanInputs": {"text": text}, "small": "s"})
    assert rest.send(a_request(span)).status_code == 200
    (kept,) = rest.spans(trace_id)
    values = {each["key"]: each["value"] for each in kept["attributes"]}
    assert values["small"] == {"string_value": "s"}
    (item,) = values["mlflow.spanInputs"]["kvlist_value"]["values"]
    assert item["value"]["string_value"] == text


def test_a_big_trace_is_cheap_to_find(rest: MlflowRest) -> None:
    trace_id = new_trace_id()
    rest.send(a_request(a_span(trace_id, attributes={"mlflow.spanInputs": "z" * 10**7})))
    answer = rest.search_answer()
    assert [info["trace_id"] for info in answer.json()["traces"]] == [mlflow_id(trace_id)]
    assert len(answer.content) < 20_000
