"""The spool on a disk that fails, and at the ends of processes."""

import os
import shutil
from pathlib import Path

import pytest
from trilha._export import spool as spool_module
from trilha._export.answers import Answer, Verdict
from trilha._export.leftovers import Leftovers
from trilha._export.parcels import EncodedSpan, Parcel, Waiting
from trilha._export.sender import Sender
from trilha._export.spool import Spool
from trilha._export.spool_records import About
from trilha._export.stats import Counters
from trilha._settings import DEFAULT_EXPERIMENT

SPANS = [(DEFAULT_EXPERIMENT, EncodedSpan(b"payload", is_root=True))]


@pytest.fixture(name="counters")
def _counters() -> Counters:
    return Counters()


@pytest.fixture(name="spool")
def _spool(tmp_path: Path, counters: Counters) -> Spool:
    return Spool(tmp_path / "spool", About("http://one", b""), counters, 10**9)


def test_a_disk_that_can_be_written_no_more_leaves_the_spans_to_memory(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_module, "_PAUSE_S", 0.0)
    file = spool.write(SPANS)
    assert file is not None
    assert file.descriptor is not None
    os.close(file.descriptor)
    file.path.unlink()
    file.path.mkdir()  # which cannot be removed as a file is
    file.settle(1)
    assert spool.write(SPANS) is None
    other = spool.write(SPANS)
    assert other is not None
    assert other.path != file.path


def test_a_folder_that_somebody_deletes_is_made_again(spool: Spool) -> None:
    assert spool.write(SPANS) is not None
    shutil.rmtree(spool.folder)
    spool.about = About("http://two", b"")  # which begins another file
    assert spool.write(SPANS) is None
    file = spool.write(SPANS)
    assert file is not None
    assert file.path.exists()


def test_what_ends_after_the_folder_was_put_away_gets_another_one(spool: Spool) -> None:
    file = spool.write(SPANS)
    assert file is not None
    file.settle(1)
    spool.settle_up()
    assert list(spool.folder.iterdir()) == []
    file = spool.write(SPANS)
    assert file is not None
    assert file.path.exists()


class Refusing:
    """A server that refuses whatever it is sent."""

    url = "http://one"

    def send(self, parcel: Parcel) -> Answer:
        return Answer(verdict=Verdict.REFUSED, status=400)


def test_a_span_of_a_file_that_the_server_refuses_is_dropped_and_not_sent(spool: Spool, counters: Counters) -> None:
    file = spool.write(SPANS)
    assert file is not None
    file.leave(1, 1, 0)
    waiting = Waiting(10**6, lambda spans, roots: None)
    Sender(waiting, counters, Refusing(), Leftovers(spool, counters)).turn()
    assert counters.spans_dropped == {"refused": 1}
    assert counters.spans_sent == 0
