"""What the server's answers mean."""

import pytest
from google.rpc.status_pb2 import Status
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from trilha._export.answers import Verdict, answer_of, rest_s_of, verdict_of


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.DELIVERED),
        (204, Verdict.DELIVERED),
        (301, Verdict.NOT_YET),
        (400, Verdict.REFUSED),
        (401, Verdict.NOT_YET),
        (403, Verdict.NOT_YET),
        (404, Verdict.NOT_YET),
        (408, Verdict.AGAIN),
        (413, Verdict.REFUSED),
        (422, Verdict.REFUSED),
        (429, Verdict.AGAIN),
        (500, Verdict.AGAIN),
        (501, Verdict.AGAIN),
        (503, Verdict.AGAIN),
    ],
)
def test_a_status_decides(status: int, verdict: Verdict):
    assert verdict_of(status) is verdict


@given(st.integers(0, 2**40), st.text(max_size=80))
def test_what_could_not_be_used_is_read_from_the_answer(rejected: int, text: str):
    response = ExportTraceServiceResponse()
    response.partial_success.rejected_spans = rejected
    response.partial_success.error_message = text
    answer = answer_of(200, None, response.SerializeToString())
    assert answer.rejected_spans == rejected
    assert answer.text == " ".join(text.split())


def test_an_empty_answer_says_that_all_is_well():
    assert answer_of(200, None, b"").rejected_spans == 0


@given(st.binary(max_size=200), st.sampled_from([200, 400, 503]))
def test_no_body_can_do_harm(body: bytes, status: int):
    assert answer_of(status, None, body).status == status


def test_the_servers_words_are_found():
    assert answer_of(404, None, Status(code=5, message="no experiment 9").SerializeToString()).text == "no experiment 9"
    assert answer_of(403, None, b'{"error_code":"X","message":"not for you"}').text == "not for you"
    assert answer_of(404, None, b"<html>not found</html>").text == ""


@pytest.mark.parametrize(
    ("said", "rest_s"),
    [("3", 3.0), ("0.5", 0.5), ("-1", 0.0), ("99999", 300.0), ("nan", None), ("soon", None), (None, None)],
)
def test_a_pause_is_read_and_bounded(said: str | None, rest_s: float | None):
    assert rest_s_of(said) == rest_s


def test_a_pause_may_be_a_date():
    assert rest_s_of("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert rest_s_of("Wed, 21 Oct 2099 07:28:00 GMT") == 300.0
