import os
import subprocess
import sys
from pathlib import Path

import pytest
import trilha


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(trilha.__file__).parents[1])}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, timeout=60, cwd=cwd, env=environment
    )


def test_every_public_name_is_there() -> None:
    assert sorted(trilha.__all__) == trilha.__all__
    assert [name for name in trilha.__all__ if not hasattr(trilha, name)] == []


def test_a_name_that_is_not_offered_is_an_attribute_error() -> None:
    name = "pyfunc"  # type checkers know by themselves that there is none
    with pytest.raises(AttributeError, match="no attribute 'pyfunc'"):
        getattr(trilha, name)


def test_what_asks_the_server_is_imported_when_it_is_used() -> None:
    look = "import sys, trilha; print([name for name in ('urllib3', 'trilha.entities', 'json') if name in sys.modules])"
    assert "urllib3" not in run("-c", look).stdout
    assert "trilha.entities" not in run("-c", look).stdout


def test_programs_find_the_package_by_mlflows_name() -> None:
    program = """
import trilha
trilha.install_as_mlflow()
trilha.install_as_mlflow()
import mlflow, mlflow.entities
from mlflow import MlflowClient
from mlflow.client import MlflowClient as SameClient
from mlflow.entities import AssessmentSource
from mlflow.exceptions import MlflowException
import trilha.entities
assert mlflow is trilha and MlflowClient is SameClient is trilha.Client
assert AssessmentSource is trilha.entities.AssessmentSource
assert trilha.entities.__spec__.name == "trilha.entities"
try:
    import mlflow.pyfunc
except ModuleNotFoundError as error:
    print(error)
"""
    done = run("-c", program)
    assert (done.stdout, done.stderr) == ("No module named 'mlflow.pyfunc'\n", "")


def test_modules_that_are_elsewhere_here_are_found_by_mlflows_names() -> None:
    program = """
import trilha
trilha.install_as_mlflow()
import mlflow.openai, mlflow.langchain as langchain
from mlflow.anthropic import autolog
from mlflow.entities.assessment_source import AssessmentSource
from mlflow.entities.model_registry import PromptVersion
from mlflow.entities.model_registry.prompt_version import PromptVersion as SameVersion
from mlflow.entities.span import LiveSpan, SpanType
from mlflow.tracing.attachments import Attachment
from mlflow.tracing.constant import SpanAttributeKey, TokenUsageKey, TraceMetadataKey
from mlflow.tracing.fluent import start_span, trace
from mlflow.tracing.provider import set_destination
from mlflow.tracking import MlflowClient, set_tracking_uri
from mlflow.tracking.client import MlflowClient as SameClient
import trilha.entities, trilha.tracing
assert trilha.openai is mlflow.openai and trilha.langchain is langchain and trilha.anthropic.autolog == autolog
assert (trace, start_span, set_tracking_uri) == (trilha.trace, trilha.start_span, trilha.set_tracking_uri)
assert MlflowClient is SameClient is trilha.MlflowClient and LiveSpan is trilha.entities.LiveSpan
assert set_destination is trilha.tracing.set_destination
assert PromptVersion is SameVersion is trilha.entities.PromptVersion
assert SpanAttributeKey.CHAT_USAGE == "mlflow.chat.tokenUsage" and TokenUsageKey.INPUT_TOKENS == "input_tokens"
assert TraceMetadataKey.TRACE_SESSION == "mlflow.trace.session"
assert [trilha.__spec__.name, trilha.entities.__spec__.name] == [trilha.__name__, trilha.entities.__name__]
try:
    import mlflow.tracking.request_header
except ModuleNotFoundError as error:
    print(error)
"""
    done = run("-c", program)
    assert (done.stdout, done.stderr) == ("No module named 'mlflow.tracking.request_header'\n", "")


def test_an_import_alone_leaves_mlflows_name_alone() -> None:
    look = "import trilha, importlib.util; print(importlib.util.find_spec('mlflow'))"
    assert run("-c", look).stdout == "None\n"


def test_an_installed_mlflow_is_not_hidden(tmp_path: Path) -> None:
    (tmp_path / "mlflow.py").write_text("")
    done = run("-c", "import trilha; trilha.install_as_mlflow()", cwd=tmp_path)
    assert "TrilhaError: mlflow is installed here" in done.stderr


def test_a_program_runs_unchanged(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("import mlflow\nname = mlflow.__name__\n")
    program = tmp_path / "program.py"
    program.write_text("import sys, beside\nif __name__ == '__main__':\n    print(beside.name, sys.argv[1:])\n")
    assert run("-m", "trilha", str(program), "--flag", "x").stdout == "trilha ['--flag', 'x']\n"
    assert run("-m", "trilha", "-m", "program", "y", cwd=tmp_path).stdout == "trilha ['y']\n"


@pytest.mark.parametrize("arguments", [[], ["-m"], ["--what"]])
def test_a_command_that_names_no_program_is_told_how(arguments: list[str]) -> None:
    done = run("-m", "trilha", *arguments)
    assert done.returncode != 0
    assert "usage: python -m trilha program.py" in done.stderr


def test_a_version_is_named_for_the_commit(tmp_path: Path) -> None:
    name = "import trilha; print(trilha.git_version_name('agent'))"
    told = "import os; os.environ['GITHUB_SHA'] = '98207f02aabbccdd'; "
    (tmp_path / "run.py").write_text(told + name)
    assert run(str(tmp_path / "run.py"), cwd=tmp_path).stdout == "agent-git-98207f02\n"
    (tmp_path / "none.py").write_text("import os; os.environ.clear(); " + name)
    assert run(str(tmp_path / "none.py"), cwd=tmp_path).stdout == "agent-local-dev\n"
