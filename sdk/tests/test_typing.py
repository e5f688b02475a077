"""What the type checkers of those who use this package see of it."""

import json
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from trilha import _offered
from trilha.integrations import INTEGRATIONS

from tests.support.once import Once

pytestmark = pytest.mark.slow

TYPED = Path(__file__).parent / "typed"
OLDEST_PYTHON = "3.10"
Errors = dict[str, dict[int, str]]
"""By file and line."""


def every_name() -> str:
    """Write a program that uses every name which the package offers, with as little of it as can be."""
    called = [*_offered.PLACES, *sorted(_offered.MODULES), *INTEGRATIONS]
    return "import trilha\n\nprint(\n" + "".join(f"    trilha.{name},\n" for name in called) + ")\n"


def said_by_pyright(project: Path) -> Errors:
    settings = {"typeCheckingMode": "strict", "pythonVersion": OLDEST_PYTHON}
    (project / "pyrightconfig.json").write_text(json.dumps(settings))
    done = run(project, "pyright", "--outputjson", "--pythonpath", sys.executable)
    found: Errors = defaultdict(dict)
    for told in json.loads(done)["generalDiagnostics"]:
        if told["severity"] == "error":
            found[Path(told["file"]).name][told["range"]["start"]["line"] + 1] = told["message"]
    return found


def said_by_mypy(project: Path) -> Errors:
    done = run(project, "mypy", "--strict", "--output", "json", "--python-version", OLDEST_PYTHON, ".")
    found: Errors = defaultdict(dict)
    for told in map(json.loads, done.splitlines()):
        if told["severity"] == "error":
            found[Path(told["file"]).name][told["line"]] = told["message"]
    return found


def run(project: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, check=False, timeout=120, cwd=project
    )
    assert done.stderr == ""
    return done.stdout


CHECKERS = {"pyright": said_by_pyright, "mypy": said_by_mypy}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Once[str, Errors]:
    def check(checker: str) -> Errors:
        project = tmp_path_factory.mktemp(checker)
        for program in TYPED.glob("*.py"):
            shutil.copy(program, project)
        (project / "names.py").write_text(every_name())
        return CHECKERS[checker](project)

    return Once(check)


@pytest.mark.parametrize("checker", CHECKERS)
def test_what_is_traced_keeps_its_type(checker: str, said: Once[str, Errors]) -> None:
    assert said(checker)["right.py"] == {}


@pytest.mark.parametrize("checker", CHECKERS)
def test_every_mistake_is_told_and_nothing_else(checker: str, said: Once[str, Errors]) -> None:
    lines = (TYPED / "mistakes.py").read_text().splitlines()
    wrong = {number for number, line in enumerate(lines, 1) if line.endswith("# wrong")}
    assert set(said(checker)["mistakes.py"]) == wrong


@pytest.mark.parametrize("checker", CHECKERS)
def test_every_name_that_is_offered_is_seen(checker: str, said: Once[str, Errors]) -> None:
    assert said(checker)["names.py"] == {}
