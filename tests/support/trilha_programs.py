"""Programs of `import trilha as mlflow`, run where nothing but `trilha` and web frameworks is installed."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.support.guides import Stage
from tests.support.mlflow_rest import MlflowRest

PRELUDE = "import json\nimport trilha as mlflow\nreport = lambda told: print(json.dumps(told), flush=True)\n"
NOTHING: Mapping[str, str] = MappingProxyType({})


def command_for(stage: Stage, program: str) -> list[str]:
    """Write the command that runs a program."""
    return [str(stage.client.program("python")), "-c", PRELUDE + program]


def run(stage: Stage, program: str, settings: Mapping[str, str] = NOTHING, cwd: Path | None = None) -> Any:  # Any: JSON
    """Run a program to its end and return what it reports last; `None` where that is nothing."""
    lines = stage.command(command_for(stage, program), settings=settings, cwd=cwd).splitlines()
    return json.loads(lines[-1]) if lines else None


def spans_of(rest: MlflowRest, info: Mapping[str, Any]) -> list[Any]:  # Any: JSON
    """Read the spans of a trace."""
    return rest.spans(bytes.fromhex(info["trace_id"].removeprefix("tr-")))
