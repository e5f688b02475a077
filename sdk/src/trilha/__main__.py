"""Run a program that says `import mlflow` with this package, without changing it; or ask the server for traces.

`python -m trilha app.py`, `python -m trilha -m uvicorn app:app`, `python -m trilha traces search`.
"""

import runpy
import sys
from pathlib import Path

import trilha

_USAGE = """\
usage: python -m trilha program.py [arguments]
       python -m trilha -m module [arguments]
       python -m trilha traces --help"""
_TRACES = "traces"


def main(arguments: list[str]) -> None:
    """Run the program that the arguments name, as Python itself would, or the command."""
    is_option = bool(arguments) and arguments[0].startswith("-")
    if not arguments or arguments == ["-m"] or (is_option and arguments[0] != "-m"):
        raise SystemExit(_USAGE)
    if arguments[0] == _TRACES:
        from trilha._cli import commands  # noqa: PLC0415  # no program that is run needs it

        raise SystemExit(commands.main(arguments[1:], f"python -m trilha {_TRACES}"))
    trilha.install_as_mlflow()
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        sys.path[0] = str(Path.cwd())
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        return
    sys.argv = arguments
    sys.path[0] = str(Path(arguments[0]).resolve().parent)
    runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
