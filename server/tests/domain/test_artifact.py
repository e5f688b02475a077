"""A path of an artifact never leaves its experiment, whatever it is made of."""

import os.path
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trilha_server.domain.artifact import (
    MAX_NAME_BYTES,
    MAX_PATH_BYTES,
    ArtifactPath,
    ByteRange,
    run_artifacts,
    trace_artifacts,
    version_artifacts,
)
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.ids import ExperimentId, TraceId

FIVE = ExperimentId(5)

TRICKS = ["..", ".", "", "/", "\\", "\0", "%2e%2e", "%252e%252e", "%2f", "%5c", "%00", "..%2f", "a", "5", "..;", "\n"]
pieces = st.one_of(st.sampled_from(TRICKS), st.text(max_size=8))
texts = st.lists(pieces, max_size=8).map("/".join).map(lambda rest: "5/" + rest) | st.text(max_size=40)
names = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="/\\%"), min_size=1, max_size=20
).filter(lambda name: name not in (".", ".."))


@given(texts)
def test_whatever_is_taken_stays_below_the_experiment(text: str) -> None:
    try:
        path = ArtifactPath.parse(text)
    except InvalidInput:
        return
    meant = text
    for _ in range(5):
        assert int(os.path.normpath(f"/root/{meant}").split("/")[2]) == path.experiment_id
        assert "\\" not in meant
        assert "\0" not in meant
        meant = unquote(meant)


@given(st.lists(names, max_size=6))
def test_what_is_written_is_read_back(parts: list[str]) -> None:
    path = ArtifactPath(FIVE, tuple(parts))
    assert ArtifactPath.parse(str(path)) == path
    assert ArtifactPath.of(FIVE, *parts) == path
    assert ArtifactPath(FIVE).inside(path.relative_to(ArtifactPath(FIVE))) == path


@given(st.lists(names, min_size=1, max_size=4), st.sampled_from(["..", ".", ""]), st.integers(1, 3))
def test_no_encoding_hides_a_way_up(parts: list[str], up: str, rounds: int) -> None:
    hidden = "%2e" * len(up) if up else "%2f"
    for _ in range(rounds - 1):
        hidden = quote(hidden)
    for part in (up, hidden, f"{hidden}%2fx", f"x%5c{hidden}"):
        with pytest.raises(InvalidInput):
            ArtifactPath(FIVE, (*parts, part))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "..",
        "../5/x",
        "/5/x",
        "5/",
        "5//x",
        "5/../6/x",
        "5/./x",
        "5/x/..",
        "5/a\\b",
        "5/..\\..\\x",
        "5/a\0b",
        "5/a\nb",
        "5/\x7f",
        "5/%2e%2e/x",
        "5/%252e%252e/x",
        "5/a%2fb",
        "5/a%5Cb",
        "5/a%00",
        "5/%2e",
        "5/\ud800",
        "x/y",
        "-5/x",
        "5.0/x",
        "\uff15/x",
        "5%2f..%2f6/x",
        f"{'9' * 19}/x",
        "file:///etc/passwd",
        "5/" + "x" * (MAX_NAME_BYTES + 1),
        "5/" + "é" * (MAX_NAME_BYTES // 2 + 1),
        "5/" + "/".join(["x" * 99] * 10),
    ],
)
def test_a_path_that_could_mean_another_place_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        ArtifactPath.parse(text)


@pytest.mark.parametrize(
    "name",
    [
        "a b",
        "100%",
        "50%25",
        "a%20b",
        "ação",
        "名前",
        "...",
        "..a",
        "a..",
        "#?*[x]",
        "~",
        "C:",
        "x" * MAX_NAME_BYTES,
        "a;b&c=d+",
    ],
)
def test_any_other_name_is_taken(name: str) -> None:
    assert ArtifactPath.parse(f"5/run/{name}").name == name


def test_the_longest_path_is_taken() -> None:
    parts = ("x" * 99,) * 9
    assert len(str(ArtifactPath(FIVE, parts))) == len("5") + MAX_PATH_BYTES


def test_a_hostile_id_is_no_way_out_of_the_experiment() -> None:
    for hostile in ("..", "a/b", "", "%2e%2e"):
        for make in (run_artifacts, version_artifacts):
            with pytest.raises(InvalidInput):
                make(FIVE, hostile)


def test_each_kind_of_thing_has_its_folder() -> None:
    assert str(run_artifacts(FIVE, "r1")) == "5/r1/artifacts"
    assert str(version_artifacts(FIVE, "m-1")) == "5/models/m-1/artifacts"
    assert str(trace_artifacts(FIVE, TraceId("tr-1"))) == "5/traces/tr-1/artifacts"


@pytest.mark.parametrize(
    ("first", "last", "size_bytes", "found"),
    [
        (0, None, 10, (0, 10)),
        (3, 5, 10, (3, 6)),
        (3, 99, 10, (3, 10)),
        (9, 9, 10, (9, 10)),
        (10, None, 10, None),
        (None, 4, 10, (6, 10)),
        (None, 99, 10, (0, 10)),
        (None, 0, 10, None),
        (0, None, 0, None),
        (None, 5, 0, None),
    ],
)
def test_a_range_names_bytes_of_a_file(
    first: int | None, last: int | None, size_bytes: int, found: tuple[int, int] | None
) -> None:
    assert ByteRange(first, last).within(size_bytes) == found
