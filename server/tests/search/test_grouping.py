"""Reading what figures are grouped by."""

import pytest
from trilha_server.domain.errors import InvalidFilter, InvalidInput
from trilha_server.domain.figures import Dimension, GroupBy, KeyDimension, SpanDimension
from trilha_server.search.grouping import parse_group_by, parse_span_group_by, parse_step_ms, print_group_by


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *((dimension.value, dimension) for dimension in Dimension),
        ("tags.env", KeyDimension("env")),
        ("tag.`my key`", KeyDimension("my key")),
        ('tags."my key"', KeyDimension("my key")),
        ("metadata.mlflow.source.name", KeyDimension("mlflow.source.name", metadata=True)),
        ("request_metadata.`a``b`", KeyDimension("a`b", metadata=True)),
    ],
)
def test_a_dimension_is_written_as_in_filters(written: str, meant: GroupBy) -> None:
    assert parse_group_by([f" {written} "]) == (meant,)
    assert parse_group_by([print_group_by(meant)]) == (meant,)


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("verson", "did you mean 'version'"),
        ("mdel", "did you mean 'model'"),
        ("tgs.env", "did you mean 'tags'"),
        ("tags", "write tags.<key>"),
        ("tags.", "unexpected"),
        ("timestamp_ms", "cannot group by 'timestamp_ms'"),
        ("status DESC", "groups have no order; write 'status' alone"),
        ("", "expected a field"),
        ("status = 'OK'", "expected"),
    ],
)
def test_what_cannot_be_grouped_by_is_explained(written: str, complaint: str) -> None:
    with pytest.raises(InvalidFilter, match=complaint):
        parse_group_by([written])


def test_a_dimension_stands_once() -> None:
    with pytest.raises(InvalidFilter, match="there already"):
        parse_group_by(["tags.a", "tag.`a`"])


def test_spans_are_grouped_by_their_own_names() -> None:
    assert parse_span_group_by(["name", "span.model"]) == (SpanDimension.NAME, SpanDimension.MODEL)
    with pytest.raises(InvalidFilter, match="did you mean 'provider'"):
        parse_span_group_by(["provder"])


@pytest.mark.parametrize(
    ("written", "length_ms"),
    [("1h", 3_600_000), ("15 m", 900_000), ("1d", 86_400_000), (5000, 5000), ("5000", 5000), ("250ms", 250)],
)
def test_a_time_step_is_a_number_and_a_unit(written: str | int, length_ms: int) -> None:
    assert parse_step_ms(written) == length_ms


@pytest.mark.parametrize("written", ["0h", "-1h", "1.5h", "hour", "1 year", "", "9" * 20])
def test_a_time_step_of_no_length_is_refused(written: str) -> None:
    with pytest.raises(InvalidInput, match="such as '15m', '1h', '1d'"):
        parse_step_ms(written)


@pytest.mark.parametrize("written", ["999999999999w", "3661d", 2**62])
def test_a_time_step_beyond_reason_is_refused(written: str | int) -> None:
    with pytest.raises(InvalidInput, match=r"ten years|such as"):
        parse_step_ms(written)
