"""The name `mlflow` for this package, in an environment that has no mlflow."""

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from trilha.exceptions import TrilhaError
from trilha.integrations import INTEGRATIONS

_OURS = "trilha"
_THEIRS = "mlflow"
_ELSEWHERE = {
    **dict.fromkeys(("tracking", "tracking.fluent", "tracing.fluent"), _OURS),
    "tracking.client": f"{_OURS}.client",
    **dict.fromkeys(
        (f"tracing.{each}" for each in ("config", "display", "distributed", "provider")), f"{_OURS}.tracing"
    ),
    **dict.fromkeys(
        (
            f"entities.{each}"
            for each in (
                "assessment",
                "assessment_error",
                "assessment_source",
                "document",
                "experiment",
                "experiment_tag",
                "logged_model",
                "logged_model_status",
                "model_registry",
                "model_registry.prompt",
                "model_registry.prompt_version",
                "session",
                "span",
                "span_event",
                "span_status",
                "trace",
                "trace_data",
                "trace_info",
                "trace_location",
                "trace_state",
                "view_type",
            )
        ),
        f"{_OURS}.entities",
    ),
}
"""Modules of MLflow's whose names are in another module of ours."""


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
        if rest in INTEGRATIONS:
            return ModuleSpec(fullname, _Integrations())
        try:
            known = importlib.util.find_spec(_place_of(rest))
        except ModuleNotFoundError:  # below one that is elsewhere
            known = None
        if known is None:
            return None
        return ModuleSpec(fullname, self, is_package=known.submodule_search_locations is not None)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Import the module by its own name."""
        module = importlib.import_module(_place_of(spec.name.partition(".")[2]))
        self._own_specs[module.__name__] = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Give the module, which has run under its own name, its own specification back."""
        module.__spec__ = self._own_specs[module.__name__]


class _Integrations(Loader):
    """Loads `mlflow.openai`, which is no module of ours, but has what that module has: `autolog`."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return what the package offers under the name."""
        return INTEGRATIONS[spec.name.partition(".")[2]]  # type: ignore[return-value]  # any object may stand for a module

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: it is complete."""


def _place_of(name: str) -> str:
    return _ELSEWHERE.get(name, f"{_OURS}.{name}")
