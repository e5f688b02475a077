"""Where the code that is traced comes from: script, commit, branch, repository and user."""

import functools
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from trilha import _faults, names

_COMMITS: Final = (
    "GIT_COMMIT",
    "GITHUB_SHA",
    "CI_COMMIT_SHA",
    "BITBUCKET_COMMIT",
    "BUILD_SOURCEVERSION",
    "CIRCLE_SHA1",
)
_BRANCHES: Final = ("GIT_BRANCH", "GITHUB_REF_NAME", "CI_COMMIT_REF_NAME", "BITBUCKET_BRANCH", "BUILD_SOURCEBRANCHNAME")
_REPOSITORIES: Final = ("GIT_URL", "CI_PROJECT_URL", "BITBUCKET_GIT_HTTP_ORIGIN", "BUILD_REPOSITORY_URI")
_SHELLS: Final = frozenset({"", "-", "-c"})


@functools.cache
def source_metadata() -> Mapping[str, str]:
    """Find where the code comes from, once. What is not known is absent. Reads files: not for the caller's thread."""
    found: dict[str, str | None] = {}
    for find in (_script, _git, _user):
        try:
            found.update(find(os.environ))  # noqa: TID251  # variables of build systems, no settings of ours
        except Exception as error:  # unreadable folders, systems without users
            _faults.note("where the code comes from is not fully known", error)
    return {key: value for key, value in found.items() if value}


def _script(_: Mapping[str, str]) -> dict[str, str | None]:
    in_notebook = "ipykernel" in sys.modules
    name = next(iter(sys.argv), "")
    source = "<console>" if name in _SHELLS else name
    return {names.SOURCE_NAME: source, names.SOURCE_TYPE: "NOTEBOOK" if in_notebook else "LOCAL"}


def _user(environment: Mapping[str, str]) -> dict[str, str | None]:
    user = next((environment[name] for name in ("LOGNAME", "USER", "USERNAME") if environment.get(name)), None)
    return {names.USER: user}


def _git(environment: Mapping[str, str]) -> dict[str, str | None]:
    folder = next((place / ".git" for place in _places() if (place / ".git").exists()), None)
    known = _Repository(folder) if folder is not None else None
    return {
        names.SOURCE_GIT_COMMIT: _first(known and known.commit, environment, _COMMITS),
        names.SOURCE_GIT_BRANCH: _first(known and known.branch, environment, _BRANCHES),
        names.SOURCE_GIT_REPO_URL: _first(known and known.url, environment, _REPOSITORIES) or _of_github(environment),
    }


def _places() -> list[Path]:
    """Folders that may be a repository: those of the script and those of the process."""
    script = Path(next(iter(sys.argv), "") or ".").resolve().parent
    here = Path.cwd()
    return [script, *script.parents, here, *here.parents]


def _first(
    look: Callable[[], str | None] | None, environment: Mapping[str, str], variables: tuple[str, ...]
) -> str | None:
    found = look() if look is not None else None
    return found or next((environment[name] for name in variables if environment.get(name)), None)


def _of_github(environment: Mapping[str, str]) -> str | None:
    server, repository = environment.get("GITHUB_SERVER_URL"), environment.get("GITHUB_REPOSITORY")
    return f"{server}/{repository}" if server and repository else None


class _Repository:
    """What the files of git say; git itself is not asked, for it may not be there."""

    def __init__(self, folder: Path) -> None:
        if folder.is_file():  # a worktree or submodule: its file names the real folder
            named = folder.read_text().partition("gitdir:")[2].strip()
            folder = (folder.parent / named).resolve()
        self._folder = folder
        common = folder / "commondir"
        self._common = (folder / common.read_text().strip()).resolve() if common.exists() else folder
        self._head = (folder / "HEAD").read_text().strip()

    def branch(self) -> str | None:
        return self._head.removeprefix("ref: refs/heads/") if self._head.startswith("ref: refs/heads/") else None

    def commit(self) -> str | None:
        if not self._head.startswith("ref: "):
            return self._head
        reference = self._head.removeprefix("ref: ")
        for folder in (self._folder, self._common):
            if (folder / reference).exists():
                return (folder / reference).read_text().strip()
        packed = self._common / "packed-refs"
        lines = packed.read_text().splitlines() if packed.exists() else []
        return next((line.split()[0] for line in lines if line.endswith(f" {reference}")), None)

    def url(self) -> str | None:
        lines = (self._common / "config").read_text().splitlines()
        section = ""
        for line in map(str.strip, lines):
            if line.startswith("["):
                section = line
            elif section == '[remote "origin"]' and line.partition("=")[0].strip() == "url":
                return _without_password(line.partition("=")[2].strip())
        return None


def _without_password(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    host = rest.partition("/")[0]
    return f"{scheme}://{rest.removeprefix(host.rpartition('@')[0] + '@')}" if separator and "@" in host else url
