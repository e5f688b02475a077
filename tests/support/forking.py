"""Import what takes long, then run programs, each in a fork of this process, as if Python were started for it.

Called with the names of modules. A line of the input asks for a program; a line of the output is its exit code.
"""
# what a program is told comes by the environment

import gc
import importlib
import json
import os
import runpy
import sys
from pathlib import Path
from typing import Any


def next_told() -> Any:  # Any: JSON
    """Fork for each program that is asked for; give, within the fork, what it is told. Give nothing at the end."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            return json.loads(line)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    return None


def take_over(told: Any) -> None:  # Any: JSON
    """Become what a process of the program's own would be at its start."""
    for descriptor, path in enumerate([os.devnull, os.devnull, told["errors"]]):
        opened = os.open(path, os.O_RDWR)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.chdir(told["folder"])
    os.environ.clear()
    os.environ.update(told["environment"])
    sys.argv[:] = [told["program"]]
    sys.path.insert(0, str(Path(told["program"]).parent))


for module in sys.argv[1:]:
    importlib.import_module(module)
if sys.platform == "linux":
    threads = [Path(each, "comm").read_text().strip() for each in Path("/proc/self/task").iterdir()]
    assert len(threads) == 1, f"a fork would be without {threads}"
gc.freeze()  # a collection in a fork would copy all of the memory

told = next_told()
if told is not None:
    take_over(told)
    runpy.run_path(told["program"], run_name="__main__")
