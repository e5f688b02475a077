"""Where the code that is traced comes from: script, commit, branch, repository and user."""

import functools
import getpass
import os
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Any, Final

from trilha import _faults, names
from trilha._settings import settings

_VARIABLES: Final = (
    # What build systems and hosts set: commit, branch, address of the repository, "" where there is no such variable.
    ("GIT_COMMIT", "GIT_BRANCH", "GIT_URL"),  # Jenkins, and whoever builds an image by hand
    ("GITHUB_SHA", "GITHUB_REF_NAME", ""),  # see `_of_github`
    ("CI_COMMIT_SHA", "CI_COMMIT_REF_NAME", "CI_PROJECT_URL"),  # GitLab
    ("BITBUCKET_COMMIT", "BITBUCKET_BRANCH", "BITBUCKET_GIT_HTTP_ORIGIN"),
    ("BUILD_SOURCEVERSION", "BUILD_SOURCEBRANCHNAME", "BUILD_REPOSITORY_URI"),  # Azure Pipelines
    ("CIRCLE_SHA1", "CIRCLE_BRANCH", "CIRCLE_REPOSITORY_URL"),
    ("TRAVIS_COMMIT", "TRAVIS_BRANCH", ""),
    ("DRONE_COMMIT_SHA", "DRONE_BRANCH", "DRONE_REPO_LINK"),
    ("BUILDKITE_COMMIT", "BUILDKITE_BRANCH", "BUILDKITE_REPO"),
    ("CODEBUILD_RESOLVED_SOURCE_VERSION", "", ""),
    ("VERCEL_GIT_COMMIT_SHA", "VERCEL_GIT_COMMIT_REF", ""),
    ("RENDER_GIT_COMMIT", "RENDER_GIT_BRANCH", ""),
    ("HEROKU_TEST_RUN_COMMIT_VERSION", "HEROKU_TEST_RUN_BRANCH", ""),  # Heroku's tests
    ("HEROKU_BUILD_COMMIT", "", ""),  # Heroku's dynos, with the metadata of the build
    ("HEROKU_SLUG_COMMIT", "", ""),  # the same, as it was called before
    ("SOURCE_VERSION", "", ""),  # Heroku's builds
    ("COMMIT_SHA", "BRANCH_NAME", ""),  # Google Cloud Build, where the build hands its substitutions on
)
_COMMIT: Final = re.compile(r"[0-9a-fA-F]{7,64}")
"""Buildkite may say HEAD, and CodeBuild the version of an object in S3."""
_SHELLS: Final = frozenset({"", "-", "-c"})
_NOTEBOOK: Final = "__vsc_ipynb_file__"
"""What VS Code calls the notebook's path, among the variables of the notebook or of the process."""
_NOTEBOOKS: Final = (_NOTEBOOK, "IPYNB_FILE", "JPY_SESSION_NAME")
"""Variables of the process; the last is Jupyter's own."""


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


def _script(environment: Mapping[str, str]) -> dict[str, str | None]:
    shell = _notebook_shell()
    if shell is not None:
        paths = (shell.user_ns.get(_NOTEBOOK), *map(environment.get, _NOTEBOOKS))
        # No name rather than that of the kernel's program, which is the same for all notebooks.
        return {names.SOURCE_NAME: PurePath(next(filter(None, paths), "")).name, names.SOURCE_TYPE: "NOTEBOOK"}
    name = next(iter(sys.argv), "")
    if name in _SHELLS:
        return {names.SOURCE_NAME: "<console>", names.SOURCE_TYPE: "UNKNOWN"}
    return {names.SOURCE_NAME: name, names.SOURCE_TYPE: "LOCAL"}


def _notebook_shell() -> Any:  # Any: IPython is not imported here
    """Return what runs the cells of this notebook; `None` outside of notebooks, in IPython's terminal for one."""
    module = sys.modules.get("IPython")
    shell = None if module is None else module.get_ipython()
    return shell if hasattr(shell, "kernel") else None


def _user(_: Mapping[str, str]) -> dict[str, str | None]:
    told = settings().tracking_credentials.username
    with suppress(OSError, KeyError, ImportError):  # a number without a name, as containers may run under
        return {names.USER: told or getpass.getuser()}
    return {}


def _git(environment: Mapping[str, str]) -> dict[str, str | None]:
    folder = next((place / ".git" for place in _places() if (place / ".git").exists()), None)
    known = None if folder is None else _Repository(folder)
    commit, branch, url = _built_from(environment)
    return {
        names.SOURCE_GIT_COMMIT: (known and known.commit()) or commit,
        names.SOURCE_GIT_BRANCH: (known and known.branch()) or branch,
        names.SOURCE_GIT_REPO_URL: (known and known.url()) or url or _of_github(environment),
    }


def _built_from(environment: Mapping[str, str]) -> tuple[str | None, str | None, str | None]:
    """Read commit, branch and repository from the first build system, or host, that tells a commit."""
    for commit, branch, url in _VARIABLES:
        if _COMMIT.fullmatch(environment.get(commit, "")):
            return environment[commit], environment.get(branch), without_password(environment.get(url, ""))
    return None, None, None


def _places() -> list[Path]:
    """Folders that may be a repository: those of the script and those of the process."""
    script = Path(next(iter(sys.argv), "") or ".").resolve().parent
    here = Path.cwd()
    return [script, *script.parents, here, *here.parents]


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
                return without_password(line.partition("=")[2].strip())
        return None


def without_password(url: str) -> str:
    """Return the address of a repository without who signs in there."""
    scheme, separator, rest = url.partition("://")
    host = rest.partition("/")[0]
    return f"{scheme}://{rest.removeprefix(host.rpartition('@')[0] + '@')}" if separator and "@" in host else url
