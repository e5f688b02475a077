"""`trilha db`: the tables' version and the health of what is in them."""

from trilha_server.app import SystemClock
from trilha_server.domain.errors import StoreError, StoreInUse, StoreUnavailable
from trilha_server.ports import Store
from trilha_server.settings import Settings
from trilha_server.storage.open import newest_version, open_store, sqlite_path, stored_version


def upgrade_database(settings: Settings) -> None:
    """Bring the tables to the newest version. Raises `StoreInUse` while a server has them."""
    url = settings.resolved_store_url
    before = read_version(url)
    open_unused(url).upkeep.close()
    newest = newest_version()
    if before == newest:
        print(f"The tables have the newest version already: {newest}.")
    else:
        print(f"The tables have version {newest} now; they had {before or 'none'}.")


def check_database(settings: Settings) -> int:
    """Print what is wrong; returns 1 if anything is. Raises `StoreInUse` while a server has the tables."""
    problems = find_problems(settings.resolved_store_url)
    for problem in problems:
        print(f"problem: {problem}")
    if not problems:
        print(f"The tables have the newest version, {newest_version()}, and no damage was found.")
    return 1 if problems else 0


def find_problems(url: str) -> list[str]:
    """List what is wrong with a store, in words; changes nothing in it. Raises `StoreInUse` and `StoreUnavailable`."""
    version, newest = read_version(url), newest_version()
    if version is None:
        return ["there are no tables here; 'trilha db upgrade' makes them, as a server does when it starts"]
    if version != newest:
        text = f"the tables have version {version}, this trilha works with {newest}"
        return [f"{text}: 'trilha db upgrade' brings older tables up; newer ones need the trilha that made them"]
    store = open_unused(url)
    try:
        return store.upkeep.check()
    except StoreError as error:
        return [str(error)]
    finally:
        store.upkeep.close()


def read_version(url: str) -> str | None:
    """Read the version of the tables; `None` where there are none. Raises `StoreUnavailable`."""
    if url.startswith("sqlite:") and not sqlite_path(url).exists():
        return None  # to look would make an empty file
    return stored_version(url)


def open_unused(url: str) -> Store:
    """Open a store that no server uses, bringing its tables up. Raises `StoreInUse` and `StoreUnavailable`."""
    try:
        return open_store(url, SystemClock())
    except StoreInUse as error:
        raise StoreInUse("a running server uses this data folder; stop it first", **error.context) from error
    except OSError as error:
        raise StoreUnavailable("the store cannot be opened", cause=str(error)) from error
