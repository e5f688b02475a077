"""Which places a location names, and which of them an experiment may."""

import os.path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trilha_server.domain.errors import InvalidInput
from trilha_server.storage.artifacts.location import Kind, Location, Locations, parse_location, parse_locations

ROOT = parse_location("file:///data/artifacts")
ALLOWED = parse_locations("s3://bucket/team , file:///mnt/models")
LOCATIONS = Locations(ROOT, ALLOWED)

words = st.sampled_from(
    ["data", "artifacts", "mnt", "models", "bucket", "team", "Volumes", "a", "b", "c", "5", "..", ".", "", "%2e%2e"]
)
prefixes = st.sampled_from(
    ["", "/", "//", "file://", "file:///", "file:", "s3://", "s3:/", "dbfs:/", "dbfs:///", "gs://", "\\"]
)
texts = st.tuples(prefixes, st.lists(words, max_size=8).map("/".join)).map("".join)


@given(texts | st.text(max_size=60))
def test_whatever_is_accepted_lies_in_a_place_that_is_allowed(text: str) -> None:
    try:
        found = LOCATIONS.resolve(text)
    except InvalidInput:
        return
    path = "/".join(found.parts)
    assert os.path.normpath(f"/{path}") == f"/{path}"
    is_allowed = (found.kind is Kind.FOLDER and f"/{path}/".startswith(("/data/artifacts/", "/mnt/models/"))) or (
        found.kind is Kind.S3 and found.bucket == "bucket" and f"{path}/".startswith("team/")
    )
    assert is_allowed
    assert "5" not in found.parts


@given(texts)
def test_a_location_reads_the_same_from_what_it_is_written_as(text: str) -> None:
    try:
        found = parse_location(text)
    except InvalidInput:
        return
    assert parse_location(str(found)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("file:///a/b", Location(Kind.FOLDER, "", "", ("a", "b"))),
        ("file:/a/b/", Location(Kind.FOLDER, "", "", ("a", "b"))),
        ("/a/b", Location(Kind.FOLDER, "", "", ("a", "b"))),
        ("s3://bucket", Location(Kind.S3, "", "bucket", ())),
        ("S3://Bucket/a b/ção/", Location(Kind.S3, "", "Bucket", ("a b", "ção"))),
        ("s3a://bucket/x", Location(Kind.S3, "", "bucket", ("x",))),
        ("gs://bucket/x", Location(Kind.GCS, "", "bucket", ("x",))),
        ("az://container/x", Location(Kind.AZURE, "", "container", ("x",))),
        ("abfss://c@account.dfs.core.windows.net/x", Location(Kind.AZURE, "account", "c", ("x",))),
        ("wasbs://c@account.blob.core.windows.net/x", Location(Kind.AZURE, "account", "c", ("x",))),
    ],
)
def test_a_url_names_a_place(text: str, found: Location) -> None:
    assert parse_location(text) == found


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (None, ()),
        ("", ()),
        ("dbfs:/Volumes/cat/schema/vol", ("Volumes", "cat", "schema", "vol")),
        ("dbfs:///Volumes/cat/schema/vol/x/", ("Volumes", "cat", "schema", "vol", "x")),
        ("/Volumes/cat/schema/vol/x", ("Volumes", "cat", "schema", "vol", "x")),
        ("file:///data/artifacts/x", ("x",)),
    ],
)
def test_the_root_holds_what_names_no_other_place(text: str | None, parts: tuple[str, ...]) -> None:
    assert LOCATIONS.resolve(text) == ROOT.inside(*parts)


def test_volumes_are_kept_in_the_bucket_where_that_is_the_root() -> None:
    found = Locations(parse_location("s3://b/p")).resolve("dbfs:/Volumes/cat/schema/vol")
    assert str(found) == "s3://b/p/Volumes/cat/schema/vol"


@pytest.mark.parametrize(
    "text", ["/data/artifacts/5", "/data/artifacts/5/run", "s3://bucket/team/007/x", "/Volumes/a/b/c/5"]
)
def test_no_location_lies_in_an_experiments_folder(text: str) -> None:
    with pytest.raises(InvalidInput, match="named by a number"):
        LOCATIONS.resolve(text)


def test_the_operators_own_places_may_have_numbers_in_them() -> None:
    locations = Locations(parse_location("/mnt/1/artifacts"), parse_locations("s3://bucket,s3://bucket/2026"))
    for place in ("/mnt/1/artifacts/x", "s3://bucket/2026", "s3://bucket/2026/x", "s3://bucket/v2"):
        assert locations.resolve(place) == parse_location(place)


@pytest.mark.parametrize(
    ("place", "inside"),
    [
        ("s3://bucket/team", True),
        ("s3://bucket/team/x", True),
        ("s3://bucket/team-b", False),
        ("s3://bucket/tea", False),
        ("s3://bucket", False),
        ("s3://bucket-b/team", False),
        ("gs://bucket/team", False),
        ("/mnt/models/x", True),
        ("/mnt", False),
        ("/volumes/a/b/c", False),
    ],
)
def test_an_allowed_place_holds_what_is_below_it_and_nothing_beside_it(place: str, inside: bool) -> None:
    if inside:
        assert LOCATIONS.resolve(place) == parse_location(place)
    else:
        with pytest.raises(InvalidInput, match="--artifact-roots"):
            LOCATIONS.resolve(place)
