"""Names of versions that follow from the commit that is running."""

from typing import Final

from trilha import names
from trilha._source import source_metadata

_SHORT_CHARS: Final = 8


def git_version_name(app_name: str, fallback: str = "local-dev") -> str:
    """Name a version of an application for the commit that is running: `support-git-98207f02`.

    The commit is that of the repository, or the one that continuous integration tells; git itself need not be there.
    Where nobody knows it, the fallback stands there.
    """
    commit = source_metadata().get(names.SOURCE_GIT_COMMIT)
    return f"{app_name}-{fallback if commit is None else commit_name(commit)}"


def commit_name(commit: str) -> str:
    """Name a commit within names of versions: `git-98207f02`."""
    return f"git-{commit[:_SHORT_CHARS]}"
