"""Artifacts, through MLflow's clients."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.clients import NEWEST, OLDEST, Client
from tests.support.processes import RunningServer
from tests.support.runs import Runs

pytestmark = pytest.mark.timeout(180)

VOLUME = "dbfs:/Volumes/main/agents/traces/prod"
SENT = ["a.txt", "deep/er/page.html", "deep/relatório 100%.md", "empty", "large.bin"]
NOTHING: dict[str, str] = {}
CASES = [
    pytest.param((NEWEST, NOTHING), id="newest"),
    pytest.param((OLDEST, NOTHING), id="oldest"),
    pytest.param((NEWEST, {"LOCATION": VOLUME}), id="volume", marks=pytest.mark.trilha_only),
    pytest.param(
        (
            NEWEST,
            {"MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD": "true", "MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE": "10000000"},
        ),
        id="asks for multipart",
    ),
]


@pytest.fixture(params=CASES)
def seen(request: pytest.FixtureRequest, runs: Runs) -> Any:  # Any: JSON
    client: Client
    client, settings = request.param
    return runs.seen(client, "keeping_artifacts", **settings)


@pytest.fixture
def run(seen: Any) -> Any:
    return seen["run"]


def test_a_run_keeps_its_files_through_the_server(seen: Any, run: Any) -> None:
    assert run["artifact_uri"] == f"mlflow-artifacts:/{seen['experiment_id']}/{run['run_id']}/artifacts"


def test_the_files_of_a_run_are_listed(run: Any) -> None:
    assert run["top"] == [
        ["a.txt", False, 5],
        ["all", True, None],
        ["copies", True, None],
        ["notes", True, None],
        ["over.txt", False, 6],
    ]
    assert [path for path, _, _ in run["notes"]] == ["notes/dict.json", "notes/text.txt"]


@pytest.mark.parametrize("place", ["of a file", "of nothing"])
def test_what_is_no_folder_lists_nothing(run: Any, place: str) -> None:
    assert run[place] == []


def test_texts_and_documents_come_back(run: Any) -> None:
    assert (run["text"], run["dict"]) == ("um texto\n", {"k": [1, "é"]})


def test_a_file_takes_the_place_of_the_one_before(run: Any) -> None:
    assert run["over"] == "second"


def test_a_folder_comes_back_as_it_was_sent(run: Any) -> None:
    assert run["sent"] == run["fetched"] == SENT
    assert run["same"] == [True] * len(SENT)


def test_all_of_a_run_comes_back(run: Any) -> None:
    kept = ["a.txt", "copies/of/a.txt", "notes/dict.json", "notes/text.txt", "over.txt"]
    assert run["whole"] == sorted([*kept, *(f"all/{name}" for name in SENT)])


def test_a_missing_file_is_an_error(run: Any) -> None:
    assert "404" in run["missing"]["message"] or "nothing.txt" in run["missing"]["message"]


def test_deleted_files_are_gone_and_others_stay(run: Any) -> None:
    assert [path for path, _, _ in run["after deleting"]] == ["a.txt", "copies", "notes"]


def test_a_deleted_run_keeps_its_files(run: Any) -> None:
    assert run["of a deleted run"] == run["after deleting"]


def test_an_external_model_keeps_its_description(seen: Any) -> None:
    if "version" not in seen:
        pytest.skip("3.1 has no versions of external applications")
    version = seen["version"]
    assert version["uri"].startswith(f"mlflow-artifacts:/{seen['experiment_id']}/models/m-")
    assert version["listed"] == [["MLmodel", False]]
    assert "model_uuid" in version["MLmodel"] or "flavors" in version["MLmodel"]


def test_a_picture_in_a_trace_is_kept_beside_it(seen: Any) -> None:
    if "trace" not in seen:
        pytest.skip("3.1 has no attachments")
    assert seen["trace"]["same"] is True
    assert "mlflow-attachment://" in seen["trace"]["inputs"]


@pytest.mark.trilha_only
def test_an_experiment_with_a_volume_keeps_all_of_its_files_there(runs: Runs, trilha_server: RunningServer) -> None:
    seen = runs.seen(NEWEST, "keeping_artifacts", LOCATION=VOLUME)
    folder = trilha_server.data_dir / "artifacts" / "Volumes/main/agents/traces/prod" / seen["experiment_id"]

    assert seen["location"] == VOLUME
    assert (folder / seen["run"]["run_id"] / "artifacts/notes/text.txt").read_text() == "um texto\n"
    names = {path.name for path in folder.rglob("*") if path.is_file()}
    assert "MLmodel" in names
    assert any("attachments" in path.parts for path in folder.rglob("*"))
    assert not Path(trilha_server.data_dir / "artifacts" / seen["experiment_id"]).exists()
