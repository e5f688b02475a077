"""`trilha db`."""

import sqlite3
from pathlib import Path

import pytest
from trilha_server.cli.database import check_database, find_problems, read_version, upgrade_database
from trilha_server.domain.errors import StoreInUse, StoreUnavailable
from trilha_server.settings import Settings
from trilha_server.storage.open import newest_version


def sqlite_file(settings: Settings) -> Path:
    return settings.data_dir / "trilha.db"


def test_upgrade_makes_tables_where_there_are_none(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    upgrade_database(settings)
    assert read_version(settings.resolved_store_url) == newest_version()
    assert capsys.readouterr().out == f"The tables have version {newest_version()} now; they had none.\n"


def test_upgrade_says_that_there_was_nothing_to_do(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    upgrade_database(settings)
    capsys.readouterr()
    upgrade_database(settings)
    assert capsys.readouterr().out == f"The tables have the newest version already: {newest_version()}.\n"


@pytest.mark.usefixtures("url")
def test_upgrade_refuses_while_a_server_runs(settings: Settings) -> None:
    with pytest.raises(StoreInUse, match="a running server uses this data folder; stop it first"):
        upgrade_database(settings)


@pytest.mark.usefixtures("url")
def test_check_refuses_while_a_server_runs(settings: Settings) -> None:
    with pytest.raises(StoreInUse, match="stop it first"):
        check_database(settings)


def test_check_finds_nothing_wrong_with_new_tables(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    upgrade_database(settings)
    capsys.readouterr()
    assert check_database(settings) == 0
    assert "no damage" in capsys.readouterr().out


def test_check_says_that_there_are_no_tables_and_makes_none(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check_database(settings) == 1
    assert capsys.readouterr().out.startswith("problem: there are no tables here")
    assert not settings.data_dir.exists()


def test_check_finds_tables_of_another_version_and_leaves_them(settings: Settings) -> None:
    upgrade_database(settings)
    with sqlite3.connect(sqlite_file(settings)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    (problem,) = find_problems(settings.resolved_store_url)
    assert problem.startswith(f"the tables have version 9999, this trilha works with {newest_version()}")
    assert read_version(settings.resolved_store_url) == "9999"


def test_check_finds_a_damaged_page(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    upgrade_database(settings)
    capsys.readouterr()
    with sqlite3.connect(sqlite_file(settings)) as connection:
        (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'trace_by_time'").fetchone()
    connection.close()
    with sqlite_file(settings).open("r+b") as file:
        file.seek((page - 1) * page_bytes)
        file.write(b"\xff" * page_bytes)
    assert check_database(settings) == 1
    assert capsys.readouterr().out.startswith("problem: ")


def test_a_file_that_is_no_database_is_named_so(settings: Settings) -> None:
    settings.data_dir.mkdir()
    sqlite_file(settings).write_text("these are my notes, not a database\n" * 100)
    with pytest.raises(StoreUnavailable, match="file is not a database"):
        check_database(settings)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match="cannot be written"):
        upgrade_database(Settings(data_dir=tmp_path / "file" / "data"))
