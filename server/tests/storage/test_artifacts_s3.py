"""The promises of the artifact store, kept by an S3 server that is asked over HTTP, and what only it has to mind."""

from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from trilha_server.domain.artifact import ArtifactPath
from trilha_server.domain.errors import StoreUnavailable
from trilha_server.ports import ArtifactStore
from trilha_server.storage.artifacts.open import artifacts_at

from server.tests.storage.suite.artifacts import (
    ArtifactSuite,
    ClientGone,
    Opens,
    listed,
    location_in,
    pieces_of,
    read,
    run,
    write,
)

pytestmark = pytest.mark.slow

PATH = ArtifactPath.parse("1/run/a")
NUMBERS = count()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def variables(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an operator sets them."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": endpoint,
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def s3(endpoint: str) -> Any:  # Any: boto3 has no types
    return boto3.client("s3", endpoint_url=endpoint)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # no types


@pytest.fixture
def bucket(s3: Any) -> str:
    name = f"artifacts-{next(NUMBERS)}"
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def elsewhere(s3: Any) -> str:
    name = f"elsewhere-{next(NUMBERS)}"
    s3.create_bucket(Bucket=name)
    return f"s3://{name}/of/others"


@pytest.fixture
def opened(bucket: str, tmp_path: Path) -> Opens:
    def opens(locations: dict[int, str | None] | None = None, roots: str | None = None) -> ArtifactStore:
        return artifacts_at(f"s3://{bucket}/some/prefix/", tmp_path / "unused", roots, location_in(locations))

    return opens


class TestArtifacts(ArtifactSuite):
    pass


def keys(s3: Any, bucket: str) -> list[str]:
    return [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def unfinished(s3: Any, bucket: str) -> list[str]:
    return [each["Key"] for each in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])]


def test_objects_lie_where_their_paths_say(opened: Opens, s3: Any, bucket: str, elsewhere: str, tmp_path: Path) -> None:
    store = opened({1: None, 2: "dbfs:/Volumes/main/agents/traces", 3: f"{elsewhere}/x"}, roots=elsewhere)
    for number in (1, 2, 3):
        write(store, f"{number}/run/artifacts/a.txt")

    assert keys(s3, bucket) == [
        "some/prefix/1/run/artifacts/a.txt",
        "some/prefix/Volumes/main/agents/traces/2/run/artifacts/a.txt",
    ]
    assert keys(s3, elsewhere.split("/")[2]) == ["of/others/x/3/run/artifacts/a.txt"]
    assert not (tmp_path / "unused").exists()


def test_the_same_prefix_without_a_slash_is_another_place(opened: Opens, s3: Any, bucket: str) -> None:
    write(opened(), "1/a")
    s3.put_object(Bucket=bucket, Key="some/prefix/10/a", Body=b"")
    s3.put_object(Bucket=bucket, Key="some/prefix/1-b/a", Body=b"")

    assert listed(opened(), "1") == [("a", 1)]
    run(opened().delete(ArtifactPath.parse("1")))
    assert keys(s3, bucket) == ["some/prefix/1-b/a", "some/prefix/10/a"]


def test_an_upload_that_breaks_off_leaves_no_parts(opened: Opens, s3: Any, bucket: str) -> None:
    seen: list[str] = []

    async def breaking() -> AsyncIterator[bytes]:
        async for piece in pieces_of(bytes(40_000_000)):
            yield piece
        seen.extend(unfinished(s3, bucket))
        raise ClientGone

    with pytest.raises(ClientGone):
        run(opened().write(PATH, breaking()))

    assert seen == ["some/prefix/1/run/a"]
    assert unfinished(s3, bucket) == keys(s3, bucket) == []


def test_a_bucket_that_is_not_there_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"cannot be reached.*s3://no-such-bucket"):
        artifacts_at("s3://no-such-bucket", tmp_path, None, location_in(None))


def test_a_server_that_does_not_answer_is_told_at_the_start_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # the discard port: nothing listens there
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        artifacts_at("s3://bucket", tmp_path, None, location_in(None))


def test_a_bucket_that_is_gone_fails_as_a_store_that_may_come_back(opened: Opens, s3: Any, bucket: str) -> None:
    store = opened()
    s3.delete_bucket(Bucket=bucket)
    for size_bytes in (1, 20_000_000):
        with pytest.raises(StoreUnavailable) as told:
            write(store, "1/a", bytes(size_bytes))
        assert bucket not in str(told.value)
    with pytest.raises(StoreUnavailable):
        listed(store, "1")


@pytest.mark.parametrize("url", ["gs://bucket/x", "az://container/x", "abfss://c@account.dfs.core.windows.net/x"])
def test_other_clouds_without_credentials_are_told_at_the_start(tmp_path: Path, url: str) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        artifacts_at(url, tmp_path, None, location_in(None))


def test_names_that_no_artifact_can_have_are_not_listed(opened: Opens, s3: Any, bucket: str) -> None:
    write(opened(), "1/a")
    s3.put_object(Bucket=bucket, Key="some/prefix/1/back\\slash", Body=b"")

    assert listed(opened(), "1") == [("a", 1)]
    assert read(opened(), "1/a") == b"x"
