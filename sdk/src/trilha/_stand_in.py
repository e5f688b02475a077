"""The name `mlflow` for this package, in an environment that has no mlflow."""

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from trilha.exceptions import TrilhaError

_OURS = "trilha"
_THEIRS = "mlflow"


def install_as_mlflow() -> None:
    """Let `import mlflow` and `from mlflow.… import …` mean this package, for programs that are not to be changed.

    For this process alone, and only where mlflow is not installed: libraries look for mlflow, and should find it only
    where the application says so. Raises `TrilhaError` where it is installed.
    """
    if sys.modules.get(_THEIRS) is sys.modules[_OURS]:
        return
    if _THEIRS in sys.modules or importlib.util.find_spec(_THEIRS) is not None:
        raise TrilhaError("mlflow is installed here: uninstall it, or write `import trilha as mlflow`")
    sys.modules[_THEIRS] = sys.modules[_OURS]
    sys.meta_path.insert(0, _Finder())  # before those that would load our files once more, under the other name


class _Finder(MetaPathFinder, Loader):
    """Finds `mlflow.client` where `trilha.client` is, and so on; the same module, not a second one."""

    def __init__(self) -> None:
        self._own_specs: dict[str, ModuleSpec | None] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module of ours by its name under mlflow."""
        del path, target
        theirs, _, rest = fullname.partition(".")
        if theirs != _THEIRS or not rest or rest.startswith("_"):
            return None
        known = importlib.util.find_spec(f"{_OURS}.{rest}")
        if known is None:
            return None
        return ModuleSpec(fullname, self, is_package=known.submodule_search_locations is not None)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Import the module by its own name."""
        module = importlib.import_module(f"{_OURS}.{spec.name.partition('.')[2]}")
        self._own_specs[module.__name__] = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Give the module, which has run under its own name, its own specification back."""
        module.__spec__ = self._own_specs[module.__name__]
