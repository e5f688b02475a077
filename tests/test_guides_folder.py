"""The folder of examples says of each program where it is from, and how it is run."""

import ast
import re
import shlex
from pathlib import Path

import pytest
import yaml

from tests.support.guides import EXAMPLES

PROGRAMS = sorted(EXAMPLES.glob("*/*.py"))
DOCKERFILES = sorted(EXAMPLES.glob("*/Dockerfile"))
README = (EXAMPLES / "README.md").read_text()


def named(path: Path) -> str:
    return str(path.relative_to(EXAMPLES))


def commands() -> list[list[str]]:
    blocks: list[str] = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    return [shlex.split(line, comments=True) for block in blocks for line in block.splitlines()]


def test_there_are_programs() -> None:
    assert len(PROGRAMS) >= 14
    assert len(DOCKERFILES) == 2


@pytest.mark.parametrize("program", PROGRAMS, ids=named)
def test_every_program_says_which_guide_it_is_from_and_what_was_repaired(program: Path) -> None:
    docstring = ast.get_docstring(ast.parse(program.read_text())) or ""
    assert re.search(r"^Guide: \w.*\.$", docstring, re.MULTILINE)
    assert re.search(r"^Repaired: \w", docstring, re.MULTILINE)


@pytest.mark.parametrize("path", [*PROGRAMS, *DOCKERFILES, *EXAMPLES.glob("*/*.yaml")], ids=named)
def test_every_file_stands_in_the_readme(path: Path) -> None:
    assert f"]({named(path)})" in README


@pytest.mark.parametrize("program", PROGRAMS, ids=named)
def test_the_readme_says_how_every_program_is_run(program: Path) -> None:
    runs = [command for command in commands() if command and command[0] in {"python", "uvicorn"}]
    scripts = {command[1] for command in runs if command[0] == "python"}
    apps = {f"{command[3]}/{command[1].removesuffix(':app')}.py" for command in runs if command[0] == "uvicorn"}
    imported = {"examples/agents/agent.py"}  # log_agent.py logs it
    assert f"examples/{named(program)}" in scripts | apps | imported


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=named)
def test_a_dockerfile_copies_what_is_there_and_gives_every_variable_a_value(dockerfile: Path) -> None:
    lines = [line for line in dockerfile.read_text().splitlines() if line and not line.startswith("#")]
    assert all("=" in line for line in lines if line.startswith("ENV"))
    assert "FROM python:3.11-slim" in lines
    assert "COPY requirements.txt ." in lines
    assert (dockerfile.parent / "requirements.txt").exists()
    (command,) = [yaml.safe_load(line.removeprefix("CMD")) for line in lines if line.startswith("CMD")]
    app = command[1].removesuffix(":app").removesuffix(".py")
    assert command[0] == "uvicorn" or command == ["python", f"{app}.py"]
    assert (dockerfile.parent / f"{app}.py").exists()
