"""Prompts, and versions that follow from the state of the repository, under the names that MLflow has for them."""

import subprocess
from types import TracebackType
from typing import Final

import msgspec

from trilha import _faults, names
from trilha._client import later
from trilha._client.prompt_registry import (
    delete_prompt_alias,
    delete_prompt_model_config,
    delete_prompt_tag,
    delete_prompt_version_tag,
    get_prompt_tags,
    register_prompt,
    search_prompts,
    set_prompt_alias,
    set_prompt_model_config,
    set_prompt_tag,
    set_prompt_version_tag,
)
from trilha._client.prompts import load_prompt
from trilha._client.versions import ActiveModel, clear_active_model, set_active_model, set_logged_model_tags
from trilha._source import source_metadata, without_password
from trilha._version_name import commit_name

__all__ = [
    "GitContext",
    "GitInfo",
    "delete_prompt_alias",
    "delete_prompt_model_config",
    "delete_prompt_tag",
    "delete_prompt_version_tag",
    "disable_git_model_versioning",
    "enable_git_model_versioning",
    "get_prompt_tags",
    "load_prompt",
    "register_prompt",
    "search_prompts",
    "set_prompt_alias",
    "set_prompt_model_config",
    "set_prompt_tag",
    "set_prompt_version_tag",
]

_GIT_TIMEOUT_S: Final = 5.0
_NOT_IN_NAMES: Final = str.maketrans(dict.fromkeys("/:%\"'", "-"))
_MOST_DIFF_CHARS: Final = 100_000


class GitInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the repository that the application runs from."""

    commit: str
    branch: str | None = None
    """`None` where no branch is checked out, as in most pipelines."""
    dirty: bool = False
    """Whether files under version control differ from the commit."""
    repo_url: str | None = None
    diff: str | None = None
    """How they differ; cut where it is very long."""

    @property
    def version_name(self) -> str:
        """The name of the version for this state: `main-git-98207f02`, and `-dirty` where files differ."""
        name = commit_name(self.commit) + ("-dirty" if self.dirty else "")
        return name if self.branch is None else f"{self.branch.translate(_NOT_IN_NAMES)}-{name}"

    def tags(self) -> dict[str, str]:
        """Write it as tags of a version."""
        said = {
            names.SOURCE_GIT_BRANCH: self.branch,
            names.SOURCE_GIT_COMMIT: self.commit,
            names.SOURCE_GIT_DIRTY: str(self.dirty).lower(),
            names.SOURCE_GIT_REPO_URL: self.repo_url,
            names.SOURCE_GIT_DIFF: self.diff,
        }
        return {key: value for key, value in said.items() if value}


class GitContext:
    """The version of a state of the repository; as a context, traces are linked to it until its end."""

    def __init__(self, info: GitInfo | None, active_model: ActiveModel | None) -> None:
        self.info = info
        self.active_model = active_model

    def __enter__(self) -> "GitContext":  # noqa: PYI034  # Python 3.10 has no Self
        if self.active_model is not None:
            self.active_model.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, stack: TracebackType | None
    ) -> None:
        if self.active_model is not None:
            self.active_model.__exit__(kind, error, stack)


def enable_git_model_versioning(remote_name: str = "origin") -> GitContext:
    """Link traces to a version for the branch, the commit and the uncommitted changes that the application runs from.

    Asks git; where that is not there, or there is no repository, the commit that the build system tells. Waits for no
    server: another thread finds the version or makes it. Where nobody knows a commit, a warning says so, and traces are
    linked to no version.
    """
    info = _from_git(remote_name) or _from_build()
    if info is None:
        _faults.note("git versioning is off: there is no repository, and no build system tells a commit")
        return GitContext(None, None)
    version, tags = info.version_name, info.tags()
    active = set_active_model(name=version)
    later.soon(lambda: set_logged_model_tags(version, tags))
    return GitContext(info, active)


def disable_git_model_versioning() -> None:
    """Link traces to no version from now on."""
    clear_active_model()


def _from_git(remote_name: str) -> GitInfo | None:
    commit = _git("rev-parse", "--verify", "--quiet", "HEAD")
    if not commit:
        return None
    diff = _git("diff", "HEAD")
    url = _git("remote", "get-url", remote_name)
    return GitInfo(
        commit=commit,
        branch=_git("symbolic-ref", "--quiet", "--short", "HEAD") or None,
        dirty=bool(diff),
        repo_url=without_password(url) if url else None,
        diff=diff[:_MOST_DIFF_CHARS] if diff else None,
    )


def _from_build() -> GitInfo | None:
    known = source_metadata()
    commit = known.get(names.SOURCE_GIT_COMMIT)
    if commit is None:
        return None
    return GitInfo(
        commit=commit, branch=known.get(names.SOURCE_GIT_BRANCH), repo_url=known.get(names.SOURCE_GIT_REPO_URL)
    )


def _git(*words: str) -> str | None:
    """Ask git of the folder that the process runs in; `None` where it cannot tell."""
    try:
        asked = subprocess.run(  # noqa: S603  # our own words
            ["git", "--no-optional-locks", *words],  # noqa: S607  # whichever git the application's path has
            capture_output=True,
            check=True,
            encoding="utf-8",
            errors="replace",
            timeout=_GIT_TIMEOUT_S,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return asked.stdout.strip()
