"""The promises of the artifact store, kept by a folder, and what only a folder has to mind."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from trilha_server.domain.artifact import ArtifactPath
from trilha_server.domain.errors import InvalidInput, NotFound, StoreFull, StoreUnavailable
from trilha_server.domain.ids import ExperimentId
from trilha_server.ports import ArtifactStore
from trilha_server.storage.artifacts.folder import FolderArtifacts
from trilha_server.storage.artifacts.location import UPLOADS
from trilha_server.storage.artifacts.open import artifacts_at

from server.tests.storage.suite.artifacts import (
    ArtifactSuite,
    ClientGone,
    Opens,
    delete,
    listed,
    location_in,
    pieces_of,
    read,
    run,
    write,
)

PATH = ArtifactPath.parse("1/run/a")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data" / "artifacts"


@pytest.fixture
def elsewhere(tmp_path: Path) -> str:
    return f"file://{tmp_path}/elsewhere"


@pytest.fixture
def opened(root: Path) -> Opens:
    def opens(locations: dict[int, str | None] | None = None, roots: str | None = None) -> ArtifactStore:
        return artifacts_at(None, root, roots, location_in(locations))

    return opens


class TestArtifacts(ArtifactSuite):
    pass


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def names_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_the_default_folder_is_not_made_before_it_is_needed(opened: Opens, root: Path) -> None:
    store = opened()
    assert listed(store, "1") == []
    delete(store, "1/a")
    assert not root.parent.exists()


@pytest.mark.slow
def test_the_library_for_object_stores_is_not_loaded_for_a_folder() -> None:
    program = "import sys, trilha_server.app; sys.exit('obstore' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_folder_that_is_asked_for_is_made_at_once(tmp_path: Path) -> None:
    artifacts_at(f"file://{tmp_path}/a/b", tmp_path / "unused", None, location_in(None))
    assert (tmp_path / "a" / "b").is_dir()
    assert not (tmp_path / "unused").exists()


@pytest.mark.parametrize("url", ["{}/file", "file://{}/file", "{}/file/below"])
def test_a_folder_that_cannot_be_used_is_told_at_the_start(tmp_path: Path, url: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises((StoreUnavailable, InvalidInput)):
        artifacts_at(url.format(tmp_path), tmp_path / "unused", None, location_in(None))


@pytest.mark.parametrize(
    "url", ["s4://bucket", "bucket", "s3:/bucket", "file://host/x", "file:///a/../b", "gs://", "s3://b?x"]
)
def test_a_misspelt_url_is_told_with_its_setting(tmp_path: Path, url: str) -> None:
    with pytest.raises(InvalidInput, match=r"'artifacts_url' \(TRILHA_ARTIFACTS_URL\)"):
        artifacts_at(url, tmp_path, None, location_in(None))
    with pytest.raises(InvalidInput, match=r"'artifact_roots' \(TRILHA_ARTIFACT_ROOTS\)"):
        artifacts_at(None, tmp_path, f"file:///ok, {url}", location_in(None))


def test_files_lie_where_their_paths_say(opened: Opens, root: Path, tmp_path: Path, elsewhere: str) -> None:
    store = opened({1: None, 2: "dbfs:/Volumes/main/agents/traces", 3: f"{elsewhere}/x/"}, roots=elsewhere)
    for number in (1, 2, 3):
        write(store, f"{number}/run/artifacts/a.txt", b"text")

    assert (root / "1/run/artifacts/a.txt").read_bytes() == b"text"
    assert (root / "Volumes/main/agents/traces/2/run/artifacts/a.txt").read_bytes() == b"text"
    assert (tmp_path / "elsewhere/x/3/run/artifacts/a.txt").read_bytes() == b"text"


def test_a_file_and_the_names_on_its_way_are_synced_before_it_is_said_to_be_kept(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    sync = os.fsync

    def watched(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        sync(descriptor)

    store = FolderArtifacts(root)
    monkeypatch.setattr(os, "fsync", watched)
    run(store.write(PATH, pieces_of(b"x")))

    aside = next(place for place in synced if UPLOADS in place)
    after = synced[synced.index(aside) + 1 :]
    assert after == [str(root / "1/run"), str(root / "1"), str(root)]
    assert {str(root.parent), str(root.parent.parent)} <= set(synced)


def test_a_folder_that_a_deletion_removes_as_it_is_made_is_made_again(
    opened: Opens, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened()
    write(store, "1/run/first")
    make, refusals = Path.mkdir, [FileExistsError(17, "File exists")]

    def mkdir(folder: Path, mode: int = 0o777, *, parents: bool = False, exist_ok: bool = False) -> None:
        if folder == root / "1" / "run" and refusals:
            raise refusals.pop()  # there when it was to be made, and gone when that was looked at
        make(folder, mode, parents=parents, exist_ok=exist_ok)

    monkeypatch.setattr(Path, "mkdir", mkdir)
    write(store, "1/run/second")

    assert refusals == []
    assert read(store, "1/run/second") is not None


def test_leftovers_of_uploads_that_crashed_are_removed_at_the_start(opened: Opens, root: Path) -> None:
    write(opened(), "1/kept")
    (root / UPLOADS / "half").write_bytes(b"half a fi")
    (root / UPLOADS / "deleted-1" / "deleted" / "run").mkdir(parents=True)
    (root / UPLOADS / "deleted-1" / "deleted" / "run" / "old").touch()
    opened()

    assert names_below(root) == [UPLOADS, "1", "1/kept"]


def test_an_upload_under_way_is_no_leftover(opened: Opens, root: Path) -> None:
    store = opened()

    async def meanwhile() -> AsyncIterator[bytes]:
        yield bytes(3_000_000)
        opened()
        opened({1: None})
        yield b"the end"

    run(store.write(PATH, meanwhile()))
    assert read(store, "1/run/a").endswith(b"the end")
    assert names_below(root) == [UPLOADS, "1", "1/run", "1/run/a"]


def test_an_upload_that_breaks_off_leaves_no_file_aside(opened: Opens, root: Path) -> None:
    with pytest.raises(ClientGone):
        run(opened().write(PATH, pieces_of(bytes(3_000_000), fails=True)))
    assert names_below(root) == [UPLOADS]


def test_an_upload_that_is_called_off_leaves_no_file_aside(opened: Opens, root: Path) -> None:
    async def call_off() -> None:
        waiting = asyncio.Event()

        async def stuck() -> AsyncIterator[bytes]:
            yield bytes(3_000_000)
            waiting.set()
            await asyncio.sleep(60)

        writing = asyncio.create_task(opened().write(PATH, stuck()))
        await waiting.wait()
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing

    run(call_off())
    assert names_below(root) == [UPLOADS]


def test_room_is_left_for_traces(root: Path) -> None:
    store = FolderArtifacts(root, reserved_bytes=1 << 60)
    with pytest.raises(StoreFull):
        run(store.write(PATH, pieces_of(b"x")))
    assert names_below(root) == []


def test_an_announced_file_that_does_not_fit_is_refused_before_it_is_sent(root: Path) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError
        yield b""

    with pytest.raises(StoreFull):
        run(FolderArtifacts(root).write(PATH, never(), size_bytes=1 << 60))


@pytest.mark.parametrize(("first", "second"), [("1/a", "1/a/b"), ("1/a/b", "1/a"), ("1/a", "1/a/b/c")])
def test_a_file_and_a_folder_do_not_share_a_name(opened: Opens, root: Path, first: str, second: str) -> None:
    store = opened()
    write(store, first, b"first")
    with pytest.raises(InvalidInput, match="same name"):
        write(store, second)

    assert read(store, first) == b"first"
    assert list((root / UPLOADS).iterdir()) == []


def test_what_others_put_into_the_folder_is_shown_only_where_it_could_be_an_artifact(opened: Opens, root: Path) -> None:
    store = opened()
    write(store, "1/a")
    (root / "1" / "back\\slash").touch()
    (root / "1" / "by hand").write_text("notes")
    (root / "1" / "dangling").symlink_to(root / "nowhere")
    os.mkfifo(root / "1" / "pipe")

    assert [name for name, _ in listed(store, "1")] == ["a", "by hand", "pipe"]
    assert read(store, "1/by hand") == b"notes"
    with pytest.raises(NotFound):
        read(store, "1/pipe")


def test_files_that_are_read_are_let_go(opened: Opens) -> None:
    store = opened()
    write(store, "1/a", bytes(3_000_000))
    before = open_files()

    async def look() -> None:
        for take in (0, 1, 3):
            content = await store.read(ArtifactPath.parse("1/a"))
            for _ in range(take):
                await anext(content.pieces)
            await content.close()
        with pytest.raises(NotFound):
            await store.read(ArtifactPath(ExperimentId(1)))

    run(look())
    assert open_files() == before
