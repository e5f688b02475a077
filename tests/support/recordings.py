"""Writes down what real instrumentations send, so that fast tests know it without them.

Run `python -m tests.support.recordings` when the packages are newer or the programs have changed.
"""

import json
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.support.chat_model import ChatModel
from tests.support.clients import INSTRUMENTED
from tests.support.processes import REPOSITORY, start_trilha

RECORDED = REPOSITORY / "server" / "tests" / "normalise" / "recorded"


def main() -> None:
    """Run the programs and write one file for each library and instrumentation."""
    with tempfile.TemporaryDirectory() as folder, ChatModel() as model:
        server = start_trilha(Path(folder) / "data")
        try:
            told = {"EXPERIMENT": "recordings", **model.environment}
            seen = INSTRUMENTED.make().run("instrumented", server.url, Path(folder), told)
        finally:
            server.stop()
    write(seen["recorded"])


def write(recorded: dict[str, Any]) -> None:  # Any: JSON
    """Write requests by label."""
    files: dict[str, dict[str, Any]] = defaultdict(dict)  # Any: JSON
    for label, request in recorded.items():
        library, call, *instrumentation = label.split(" ")
        files["_".join(["real", library, *instrumentation])][call] = _without_places(request)
    for name, requests in files.items():
        text = json.dumps(requests, ensure_ascii=False, indent=1)
        (RECORDED / f"{name}.json").write_text(text + "\n")


def _without_places(request: Any) -> Any:  # Any: JSON
    """Leave out where the programs lie."""
    match request:
        case {"key": "exception.stacktrace"}:
            return {**request, "value": {"stringValue": "Traceback (most recent call last): …"}}
        case dict():
            return {key: _without_places(value) for key, value in request.items()}  # pyright: ignore[reportUnknownVariableType]  # JSON
        case list():
            return [_without_places(item) for item in request]  # pyright: ignore[reportUnknownVariableType]  # JSON
        case str():
            return request.replace(f"{REPOSITORY}/", "")
        case _:
            return request


if __name__ == "__main__":
    main()
