"""What every artifact store promises."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, Protocol, TypeVar

import pytest
from trilha_server.domain.artifact import ArtifactPath, ByteRange
from trilha_server.domain.errors import InvalidInput, NotFound, OutOfRange
from trilha_server.domain.ids import ExperimentId
from trilha_server.ports import ArtifactStore

T = TypeVar("T")
PIECE_BYTES = 65_536


class Opens(Protocol):
    """Opens the store; `locations` are those of experiments, `roots` are allowed beside the store's own."""

    def __call__(self, locations: dict[int, str | None] | None = None, roots: str | None = None) -> ArtifactStore: ...


def location_in(locations: dict[int, str | None] | None) -> Callable[[ExperimentId], str | None]:
    """Look experiments up; without any given, there are ten without a location."""
    known = dict.fromkeys(range(10)) if locations is None else locations

    def location_of(experiment_id: ExperimentId) -> str | None:
        if experiment_id not in known:
            raise NotFound("there is no such experiment")
        return known[experiment_id]

    return location_of


class ClientGone(Exception):
    """The sender of an artifact has left."""


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Wait for it; a store may be used in one loop after another."""
    return asyncio.run(coroutine)


async def pieces_of(content: bytes, *, fails: bool = False) -> AsyncIterator[bytes]:
    for start in range(0, len(content), PIECE_BYTES):
        yield content[start : start + PIECE_BYTES]
        await asyncio.sleep(0)
    if fails:
        raise ClientGone


def some_bytes(size_bytes: int) -> bytes:
    period = bytes(i * 7919 % 251 for i in range(100_003))
    return (period * (size_bytes // len(period) + 1))[:size_bytes]


def write(store: ArtifactStore, path: str, content: bytes = b"x", *, size_bytes: int | None = None) -> int:
    return run(store.write(ArtifactPath.parse(path), pieces_of(content), size_bytes=size_bytes))


async def read_all(store: ArtifactStore, path: str, part: ByteRange | None = None) -> bytes:
    content = await store.read(ArtifactPath.parse(path), part)
    try:
        found = b"".join([piece async for piece in content.pieces])
    finally:
        await content.close()
    assert len(found) == content.end - content.start
    return found


async def extent(store: ArtifactStore, path: str, part: ByteRange) -> tuple[int, int, int]:
    content = await store.read(ArtifactPath.parse(path), part)
    await content.close()
    return content.size_bytes, content.start, content.end


def read(store: ArtifactStore, path: str, part: ByteRange | None = None) -> bytes:
    return run(read_all(store, path, part))


def listed(store: ArtifactStore, folder: str) -> list[tuple[str, int | None]]:
    """Names relative to the folder, and sizes; folders end with a slash."""
    path = ArtifactPath.parse(folder)
    found = run(store.list_folder(path))
    assert all(info.is_folder == (info.size_bytes is None) for info in found)
    return [(info.path.relative_to(path) + "/" * info.is_folder, info.size_bytes) for info in found]


def delete(store: ArtifactStore, path: str) -> None:
    run(store.delete(ArtifactPath.parse(path)))


def assert_refused(store: ArtifactStore, path: str, error: type[Exception]) -> None:
    """Check that nothing can be done at a path."""
    for action in (
        lambda: write(store, path),
        lambda: read(store, path),
        lambda: listed(store, path),
        lambda: delete(store, path),
    ):
        with pytest.raises(error):
            action()


class ArtifactSuite:
    """Files are kept whole, found by name, and stay in the place of their experiment."""

    @pytest.mark.parametrize("size_bytes", [0, 1, PIECE_BYTES + 1, (8 << 20) - 1, 8 << 20, (8 << 20) + 1, 21_000_003])
    @pytest.mark.parametrize("is_announced", [True, False])
    def test_a_file_comes_back_as_it_was_written(self, opened: Opens, size_bytes: int, is_announced: bool) -> None:
        store, content = opened(), some_bytes(size_bytes)
        written = write(store, "1/run/a.bin", content, size_bytes=size_bytes if is_announced else None)

        assert written == size_bytes == len(content)
        assert read(opened(), "1/run/a.bin") == content
        assert listed(store, "1/run") == [("a.bin", size_bytes)]

    def test_a_file_takes_the_place_of_the_one_before(self, opened: Opens) -> None:
        store = opened()
        write(store, "1/a", b"long" * 1000)
        write(store, "1/a", b"short")

        assert read(store, "1/a") == b"short"

    @pytest.mark.parametrize("size_bytes", [0, 10, 20_000_000])
    def test_an_upload_that_breaks_off_leaves_nothing(self, opened: Opens, size_bytes: int) -> None:
        store = opened()
        with pytest.raises(ClientGone):
            run(store.write(ArtifactPath.parse("1/a"), pieces_of(bytes(size_bytes), fails=True)))

        assert listed(store, "1") == []
        with pytest.raises(NotFound):
            read(store, "1/a")

    def test_an_upload_that_breaks_off_leaves_what_was_there(self, opened: Opens) -> None:
        store = opened()
        write(store, "1/a", b"before")
        with pytest.raises(ClientGone):
            run(store.write(ArtifactPath.parse("1/a"), pieces_of(bytes(20_000_000), fails=True)))

        assert read(store, "1/a") == b"before"

    def test_nobody_sees_a_file_before_it_is_whole(self, opened: Opens) -> None:
        store = opened()
        seen: list[object] = []

        async def slowly() -> AsyncIterator[bytes]:
            for _ in range(3):
                yield bytes(6_000_000)
                seen.append(await store.list_folder(ArtifactPath.parse("1")))

        run(store.write(ArtifactPath.parse("1/run/a"), slowly()))

        assert seen == [[], [], []]
        assert listed(store, "1") == [("run/", None)]

    def test_what_is_read_does_not_change_meanwhile(self, opened: Opens) -> None:
        store = opened()
        before, after = b"a" * 3_000_000, b"b" * 3_000_000
        write(store, "1/a", before)

        async def overtaken() -> bytes:
            content = await store.read(ArtifactPath.parse("1/a"))
            first = await anext(content.pieces)
            await store.write(ArtifactPath.parse("1/a"), pieces_of(after))
            rest = [piece async for piece in content.pieces]
            await content.close()
            return first + b"".join(rest)

        assert run(overtaken()) == before
        assert read(store, "1/a") == after

    def test_reading_may_end_early(self, opened: Opens) -> None:
        store = opened()
        write(store, "1/a", bytes(5_000_000))

        async def impatient() -> None:
            for take in (0, 1):
                content = await store.read(ArtifactPath.parse("1/a"))
                for _ in range(take):
                    await anext(content.pieces)
                await content.close()
                await content.close()

        run(impatient())

    @pytest.mark.parametrize(
        ("part", "start", "end"),
        [
            (ByteRange(0, None), 0, 3_000_000),
            (ByteRange(5, 9), 5, 10),
            (ByteRange(2_999_990, 9_000_000), 2_999_990, 3_000_000),
            (ByteRange(None, 7), 2_999_993, 3_000_000),
            (ByteRange(1_000_000, 2_500_000), 1_000_000, 2_500_001),
        ],
    )
    def test_a_part_of_a_file_is_read(self, opened: Opens, part: ByteRange, start: int, end: int) -> None:
        store, content = opened(), some_bytes(3_000_000)
        write(store, "1/a", content)

        assert read(store, "1/a", part) == content[start:end]
        assert run(extent(store, "1/a", part)) == (3_000_000, start, end)

    @pytest.mark.parametrize("part", [ByteRange(10, None), ByteRange(10, 20), ByteRange(None, 0)])
    def test_a_part_that_is_not_there_is_told_with_the_size(self, opened: Opens, part: ByteRange) -> None:
        store = opened()
        write(store, "1/a", b"0123456789")

        with pytest.raises(OutOfRange) as told:
            read(store, "1/a", part)
        assert told.value.size_bytes == 10

    @pytest.mark.parametrize("path", ["1/nothing", "1/a", "1/a/b/c/d", "1/a/b.txt/c", "1"])
    @pytest.mark.parametrize("part", [None, ByteRange(0, 5)])
    def test_what_is_no_file_is_not_found(self, opened: Opens, path: str, part: ByteRange | None) -> None:
        store = opened()
        write(store, "1/a/b.txt")

        with pytest.raises(NotFound):
            read(store, path, part)

    def test_a_folder_lists_what_lies_directly_in_it_by_name(self, opened: Opens) -> None:
        store = opened()
        for path in ("1/run/z.txt", "1/run/b/2", "1/run/b/c/3", "1/run/a.txt", "1/run-2/x"):
            write(store, path, b"abc")

        assert listed(store, "1/run") == [("a.txt", 3), ("b/", None), ("z.txt", 3)]
        assert listed(store, "1/run/b") == [("2", 3), ("c/", None)]
        assert listed(store, "1") == [("run/", None), ("run-2/", None)]

    @pytest.mark.parametrize("folder", ["1", "1/nothing", "1/a.txt", "1/a.txt/x"])
    def test_what_is_no_folder_lists_nothing(self, opened: Opens, folder: str) -> None:
        store = opened()
        if folder != "1":
            write(store, "1/a.txt")

        assert listed(store, folder) == []

    def test_a_long_folder_is_listed_whole(self, opened: Opens) -> None:
        store = opened()

        async def fill() -> None:
            for start in range(0, 1_050, 50):
                paths = [ArtifactPath.parse(f"1/many/{number:04}") for number in range(start, start + 50)]
                await asyncio.gather(*(store.write(path, pieces_of(b"")) for path in paths))

        run(fill())
        assert [name for name, _ in listed(store, "1/many")] == [f"{number:04}" for number in range(1_050)]
        delete(store, "1/many")
        assert listed(store, "1") == []

    @pytest.mark.parametrize(
        "name",
        [
            "a b",
            "a%b",
            "a%20b",
            "%",
            "ação.txt",
            "名前",
            "..a",
            "...",
            "#1",
            "q?x=1",
            "*",
            "[x]",
            "~t",
            "^{}|<>\"`'",
            "a+b&c=d",
            "a:b",
            "é" * 120,
        ],
    )
    def test_odd_names_are_kept_as_they_are(self, opened: Opens, name: str) -> None:
        store = opened()
        write(store, f"1/{name}/{name}", b"odd")

        assert listed(store, "1") == [(f"{name}/", None)]
        assert listed(store, f"1/{name}") == [(name, 3)]
        assert read(store, f"1/{name}/{name}") == b"odd"
        delete(store, f"1/{name}")
        assert listed(store, "1") == []

    def test_a_deleted_file_is_gone_and_no_other(self, opened: Opens) -> None:
        store = opened()
        for path in ("1/run/a", "1/run/a.txt", "1/run/b"):
            write(store, path)
        delete(store, "1/run/a")

        assert listed(store, "1/run") == [("a.txt", 1), ("b", 1)]

    def test_a_deleted_folder_is_gone_with_all_in_it_and_nothing_beside_it(self, opened: Opens) -> None:
        store = opened()
        for path in ("1/run/a", "1/run/b/c/d", "1/run-2/a", "1/ru", "0/run/a"):
            write(store, path)
        delete(store, "1/run")

        assert listed(store, "1") == [("ru", 1), ("run-2/", None)]
        assert listed(store, "0") == [("run/", None)]

    def test_a_folder_without_files_is_no_more(self, opened: Opens) -> None:
        store = opened()
        write(store, "1/run/deep/er/a")
        write(store, "1/other")
        delete(store, "1/run/deep/er/a")

        assert listed(store, "1") == [("other", 1)]

    @pytest.mark.parametrize("path", ["1", "1/nothing", "1/a/b"])
    def test_deleting_nothing_does_nothing(self, opened: Opens, path: str) -> None:
        store = opened()
        if path != "1":
            write(store, "1/a")
        delete(store, path)

        assert listed(store, "1") == ([("a", 1)] if path != "1" else [])

    def test_a_file_needs_a_name(self, opened: Opens) -> None:
        with pytest.raises(InvalidInput, match="name"):
            write(opened(), "1")

    def test_of_two_uploads_at_once_one_is_kept_whole(self, opened: Opens) -> None:
        store = opened()
        contents = [letter * 9_000_000 for letter in (b"a", b"b", b"c")]

        async def race() -> None:
            path = ArtifactPath.parse("1/run/a")
            await asyncio.gather(*(store.write(path, pieces_of(content)) for content in contents))

        run(race())
        assert read(store, "1/run/a") in contents

    def test_uploads_and_deletions_do_not_hinder_each_other(self, opened: Opens) -> None:
        store = opened()

        async def churn() -> None:
            for _ in range(20):
                written = [store.write(ArtifactPath.parse(f"1/d/e/{n}"), pieces_of(b"x")) for n in range(4)]
                deleted = [store.delete(ArtifactPath.parse(f"1/d/e/{n}")) for n in range(4)]
                await asyncio.gather(*written, *deleted)

        run(churn())
        write(store, "1/d/e/last")
        assert ("last", 1) in listed(store, "1/d/e")

    def test_an_unknown_experiment_has_no_artifacts(self, opened: Opens) -> None:
        store = opened({1: None})
        assert_refused(store, "2/a", NotFound)
        assert listed(store, "1") == []

    def test_experiments_do_not_see_each_other(self, opened: Opens) -> None:
        store = opened()
        write(store, "1/a", b"one")
        write(store, "2/a", b"two")
        delete(store, "1")

        assert listed(store, "1") == []
        assert read(store, "2/a") == b"two"

    @pytest.mark.parametrize("form", ["dbfs:/Volumes/main/agents/traces/prod", "/Volumes/main/agents/traces/prod"])
    def test_a_volume_is_kept_with_the_stores_own(self, opened: Opens, form: str) -> None:
        store = opened({1: form, 2: form, 3: None})
        store.check_location(form)
        for path in ("1/run/a", "2/run/a"):
            write(store, path, path.encode())

        assert read(store, "1/run/a") == b"1/run/a"
        assert read(store, "2/run/a") == b"2/run/a"
        assert listed(store, "1") == [("run/", None)]
        assert listed(store, "3") == []
        delete(store, "1")
        assert listed(store, "2/run") == [("a", 7)]

    def test_an_experiment_keeps_its_files_where_it_says(self, opened: Opens, elsewhere: str) -> None:
        store = opened({1: f"{elsewhere}/team/x", 2: None, 3: elsewhere}, roots=elsewhere)
        store.check_location(f"{elsewhere}/team/x")
        write(store, "1/run/a", b"there")

        assert read(store, "1/run/a") == b"there"
        moved = opened({1: None, 2: None}, roots=elsewhere)
        with pytest.raises(NotFound):
            read(moved, "1/run/a")
        assert listed(store, "3") == []

    def test_a_place_that_is_not_allowed_is_of_no_use(self, opened: Opens, elsewhere: str) -> None:
        store = opened({1: f"{elsewhere}/team", 2: f"{elsewhere}/team-b"}, roots=f"{elsewhere}/team")
        write(store, "1/a")
        with pytest.raises(InvalidInput, match="--artifact-roots"):
            store.check_location(f"{elsewhere}/team-b")
        assert_refused(store, "2/a", InvalidInput)
        assert listed(store, "1") == [("a", 1)]
