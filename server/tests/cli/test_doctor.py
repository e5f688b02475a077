"""`trilha doctor`."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import msgspec
import pytest
from trilha_server.cli.artifact_trip import trip_through_server
from trilha_server.cli.database import upgrade_database
from trilha_server.cli.doctor import Finding, examine, findings
from trilha_server.cli.round_trip import EXPERIMENT, BrokenTrip, round_trip
from trilha_server.settings import Settings

pytestmark = pytest.mark.slow

NOBODY = "http://127.0.0.1:9"  # the discard port: nothing listens there


def found(settings: Settings, url: str) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings(settings, url)}


def failures(settings: Settings, url: str) -> set[str]:
    return {name for name, finding in found(settings, url).items() if not finding.is_ok}


def test_without_a_server_the_trace_makes_its_trip_in_this_process(settings: Settings) -> None:
    upgrade_database(settings)
    results = found(settings, NOBODY)
    assert all(result.is_ok for result in results.values())
    assert "a server of its own" in results["Round trip"].text


def test_a_running_server_is_used_and_its_folder_left_to_it(settings: Settings, url: str) -> None:
    results = found(settings, url)
    assert all(result.is_ok for result in results.values())
    assert "a running server uses it" in results["Store"].text
    assert url in results["Round trip"].text


def test_the_trip_leaves_no_trace_behind(settings: Settings, url: str, client: httpx.Client) -> None:
    found(settings, url)
    experiment = client.get("/api/2.0/mlflow/experiments/get-by-name", params={"experiment_name": EXPERIMENT}).json()
    query = {"experiment_ids": [experiment["experiment"]["experiment_id"]]}
    assert client.post("/api/v1/traces/search", json=query).json()["traces"] == []


def test_a_server_at_another_address_is_asked_for(settings: Settings, url: str) -> None:
    assert url != NOBODY
    results = found(settings, NOBODY)
    assert not results["Store"].is_ok
    assert "name its --url" in results["Store"].text
    assert not results["Round trip"].is_ok


def test_artifacts_make_their_trip_through_a_server_or_without(settings: Settings, url: str) -> None:
    assert f"by the server at {url}" in found(settings, url)["Artifacts"].text
    assert str(settings.data_dir / "artifacts") in found(settings, NOBODY)["Artifacts"].text
    assert list((settings.data_dir / "artifacts").glob("[!.]*")) == []


def test_an_artifact_store_that_does_not_work_fails(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for url, words in (("s4://bucket", "TRILHA_ARTIFACTS_URL"), (f"file://{tmp_path}/file", "cannot be used")):
        finding = found(msgspec.structs.replace(settings, artifacts_url=url), NOBODY)["Artifacts"]
        assert not finding.is_ok
        assert words in finding.text


@pytest.mark.parametrize(("method", "status"), [("PUT", 503), ("GET", 500), ("DELETE", 403)])
def test_a_step_of_an_artifact_that_goes_wrong_is_named(method: str, status: int) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status if request.method == method else 200, content=bytes(range(16)))

    with pytest.raises(BrokenTrip, match=f"{method} of an artifact failed.*{status}"):
        asyncio.run(artifact_trip(respond))


def test_an_artifact_that_comes_back_different_is_told() -> None:
    with pytest.raises(BrokenTrip, match="not the one that was sent"):
        asyncio.run(artifact_trip(lambda _: httpx.Response(200, text="other")))


def test_a_damaged_store_fails(settings: Settings) -> None:
    settings.data_dir.mkdir()
    (settings.data_dir / "trilha.db").write_text("these are my notes, not a database\n" * 100)
    assert failures(settings, NOBODY) == {"Store", "Round trip"}


def test_a_folder_that_cannot_be_written_fails(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = Settings(data_dir=tmp_path / "file", grpc_port="off")
    assert "Data folder" in failures(settings, NOBODY)


def test_a_folder_that_does_not_exist_is_not_made_by_looking(settings: Settings, url: str, tmp_path: Path) -> None:
    elsewhere = Settings(data_dir=tmp_path / "elsewhere", grpc_port="off")
    assert failures(elsewhere, url) == set()
    assert not elsewhere.data_dir.exists()


def test_the_exit_code_tells_whether_something_failed(
    settings: Settings, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert examine(settings, url) == 0
    assert "failed" not in capsys.readouterr().out
    assert examine(settings, NOBODY) == 1
    assert "failed  Store: " in capsys.readouterr().out


async def artifact_trip(respond: Callable[[httpx.Request], httpx.Response]) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(respond), base_url="http://server") as client:
        await trip_through_server(client, bytes(range(16)))


async def trip(respond: Callable[[httpx.Request], httpx.Response]) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(respond), base_url="http://server") as client:
        await round_trip(client, bytes(range(16)))


@pytest.mark.parametrize(
    ("path", "answer", "words"),
    [
        ("/v1/traces", httpx.Response(503, text="the disk is full"), "'send' failed .*the disk is full"),
        ("/api/v1/traces/search", httpx.Response(200, json={"traces": []}), "a search does not find it"),
        ("/spans", httpx.Response(200, json=[]), "not those that were sent"),
    ],
)
def test_a_step_that_goes_wrong_is_named(path: str, answer: httpx.Response, words: str) -> None:
    good = {
        "/v1/traces": httpx.Response(200),
        "/get-by-name": httpx.Response(200, json={"experiment": {"experiment_id": "1"}}),
        "/api/v1/traces/search": httpx.Response(200, json={"traces": [{}]}),
        "/spans": httpx.Response(200, json=[]),
    }

    def respond(request: httpx.Request) -> httpx.Response:
        answers = {**good, path: answer}
        return next(answers[end] for end in answers if request.url.path.endswith(end))

    with pytest.raises(BrokenTrip, match=words):
        asyncio.run(trip(respond))
