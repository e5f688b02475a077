"""The commands and their options, which are those of `mlflow traces`."""

import argparse
import io
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from trilha import _settings
from trilha._cli import traces
from trilha._cli.fields import KNOWN, UnknownField
from trilha.exceptions import TrilhaError

_FAILED: Final = 1
_WRONG: Final = 2
_ABOUT: Final = """\
Find, read, tag, assess and delete traces. MLFLOW_TRACKING_URI, or TRILHA_TRACKING_URI, names the server.

--extract-fields takes names with dots, and commas between them: info.trace_id,info.assessments.*.feedback.value,
data.spans.*.name. A star is any item. Keys that have dots may stand in backticks: info.tags.`mlflow.traceName`.
"""
_EVALUATE: Final = "there is no command 'evaluate' here: scorers are kept by the server, and not run yet"


def main(words: Sequence[str], program: str) -> int:
    """Run what the words after `traces` say, and return the exit code. Raises `SystemExit` for wrong use."""
    output: Any = sys.stdout  # Any: whatever stands for it, in tests for one
    if isinstance(output, io.TextIOWrapper):
        output.reconfigure(encoding="utf-8", errors="backslashreplace")  # JSON, wherever it goes
    parser = _parser(program)
    if words[:1] == ["evaluate"]:
        parser.exit(_WRONG, f"{program}: {_EVALUATE}\n")
    options = parser.parse_args(words)
    _settings.change(
        is_enabled=True
    )  # whoever gives feedback by a command means it, whether programs are traced or not
    try:
        options.run(options)
        output.flush()
    except (UnknownField, traces.WrongUse) as error:
        parser.exit(_WRONG, f"{program} {options.command}: {error}{_hint(error, options)}\n")
    except TrilhaError as error:
        print(f"{program} {options.command}: {error}", file=sys.stderr)
        return _FAILED
    except BrokenPipeError:  # whoever reads has seen enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), output.fileno())
        return _FAILED
    return 0


def _parser(program: str) -> ArgumentParser:
    parser = ArgumentParser(program, description=_ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")

    def command(name: str, about: str, run: Callable[[Namespace], None]) -> Callable[..., Any]:  # Any: argparse's
        made = commands.add_parser(name, help=about, description=about, allow_abbrev=False)
        made.set_defaults(run=run)
        return made.add_argument

    _searching(command("search", "Find traces of an experiment.", traces.search))
    _reading(command("get", "Print a trace as JSON.", traces.get))
    _deleting(command("delete", "Delete traces of an experiment, by id or by age.", traces.delete))
    _tagging(command("set-tag", "Set a tag of a trace.", traces.set_tag))("--value", required=True)
    _tagging(command("delete-tag", "Delete a tag of a trace.", traces.delete_tag))
    _saying(command("log-feedback", "Say how good a trace was.", traces.log_feedback))("--rationale")
    _saying(command("log-expectation", "Say what should have come out.", traces.log_expectation))
    _naming(command("get-assessment", "Print an assessment as JSON.", traces.get_assessment))
    _changing(command("update-assessment", "Change what an assessment says.", traces.update_assessment))
    _naming(command("delete-assessment", "Delete an assessment.", traces.delete_assessment))
    return parser


def _searching(option: Callable[..., Any]) -> None:
    _of_experiment(option)
    option("--filter-string", metavar="FILTER", help="such as: status = 'ERROR' AND tags.environment = 'production'")
    option("--max-results", type=int, default=100, help="[default: 100]")
    option("--order-by", help="with commas between, such as: timestamp_ms DESC")
    option("--page-token", help="as the search before has printed it")
    option("--run-id", help="only traces of a run")
    option("--model-id", help="only traces of a version")
    option("--include-spans", action=argparse.BooleanOptionalAction, default=True, help="in JSON [default: with spans]")
    option("--sql-warehouse-id", help="without effect here")
    option("--output", choices=("table", "json"), default="table", help="[default: table]")
    _of_fields(option)


def _reading(option: Callable[..., Any]) -> None:
    option("--trace-id", required=True)
    _of_fields(option)


def _deleting(option: Callable[..., Any]) -> None:
    _of_experiment(option)
    option("--trace-ids", help="with commas between")
    option("--max-timestamp-millis", type=int, help="those that began until then: Unix time in milliseconds")
    option("--max-traces", type=int, help="of the old ones, at most so many")


def _tagging(option: Callable[..., Any]) -> Callable[..., Any]:
    option("--trace-id", required=True)
    option("--key", required=True)
    return option


def _saying(option: Callable[..., Any]) -> Callable[..., Any]:
    option("--trace-id", required=True)
    option("--name", required=True)
    option("--value", required=True, help="a number, true, false, other JSON, or text")
    option("--source-type", choices=("HUMAN", "LLM_JUDGE", "CODE"), help="who says it")
    option("--source-id", help="name or address of who says it")
    option("--metadata", type=_json_object, help="a JSON object")
    option("--span-id", help="of the step that is meant")
    return option


def _naming(option: Callable[..., Any]) -> Callable[..., Any]:
    option("--trace-id", required=True)
    option("--assessment-id", required=True)
    return option


def _changing(option: Callable[..., Any]) -> None:
    _naming(option)
    option("--value", help="a number, true, false, other JSON, or text")
    option("--rationale")
    option("--metadata", type=_json_object, help="a JSON object")


def _of_experiment(option: Callable[..., Any]) -> None:
    option("-x", "--experiment-id", help="id or name [default: MLFLOW_EXPERIMENT_ID or MLFLOW_EXPERIMENT_NAME]")


def _of_fields(option: Callable[..., Any]) -> None:
    option("--extract-fields", metavar="FIELDS", help="such as: info.trace_id,info.assessments.*,data.spans.*.name")
    option("--verbose", action="store_true", help="name the fields that there are, where one is unknown")


def _json_object(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise argparse.ArgumentTypeError("it must be a JSON object") from error


def _hint(error: Exception, options: Namespace) -> str:
    if not isinstance(error, UnknownField):
        return ""
    return "\n" + "\n".join(KNOWN) if options.verbose else " (--verbose names those that there are)"
