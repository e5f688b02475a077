"""A git repository as a CI pipeline checks it out."""

import subprocess
from pathlib import Path

GIT = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]


def a_repository(folder: Path) -> Path:
    """Make a repository with one commit."""
    subprocess.run([*GIT, "init", "--quiet"], cwd=folder, check=True)
    subprocess.run([*GIT, "commit", "--quiet", "--allow-empty", "--message", "first"], cwd=folder, check=True)
    return folder


def commit_of(repository: Path) -> str:
    """Name the commit that is checked out."""
    return subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=repository, text=True).strip()
