"""What the package offers, and where it is: all of it is imported when it is used."""

import importlib
from typing import Any, Final

_CURRENT: Final = "trilha._current"
_EXPERIMENTS: Final = "trilha._client.experiments"
_FEEDBACK: Final = "trilha._client.feedback"
_PROMPT_REGISTRY: Final = "trilha._client.prompt_registry"
_START: Final = "trilha._start"
_TRACES: Final = "trilha._client.traces"
_TRACKING: Final = "trilha._tracking"
_VERSIONS: Final = "trilha._client.versions"

PLACES: Final = {
    "Client": "trilha.client",
    "MlflowClient": "trilha.client",
    "MlflowException": "trilha.exceptions",
    "add_trace": "trilha._add_trace",
    "clear_active_model": _VERSIONS,
    "context": "trilha.tracing",
    "create_experiment": _EXPERIMENTS,
    "create_external_model": _VERSIONS,
    "delete_assessment": _FEEDBACK,
    "delete_experiment": _EXPERIMENTS,
    "delete_logged_model_tag": _VERSIONS,
    "delete_trace_tag": _CURRENT,
    "delete_prompt_alias": _PROMPT_REGISTRY,
    "delete_traces": _TRACES,
    "finalize_logged_model": _VERSIONS,
    "flush_trace_async_logging": _TRACKING,
    "get_active_model_id": _VERSIONS,
    "get_active_trace_id": _CURRENT,
    "get_assessment": _FEEDBACK,
    "get_current_active_span": _CURRENT,
    "get_experiment": _EXPERIMENTS,
    "get_experiment_by_name": _EXPERIMENTS,
    "get_last_active_trace_id": _CURRENT,
    "get_logged_model": _VERSIONS,
    "get_trace": _TRACES,
    "get_tracking_uri": _TRACKING,
    "git_version_name": "trilha._version_name",
    "initialize_logged_model": _VERSIONS,
    "install_as_mlflow": "trilha._stand_in",
    "is_tracking_uri_set": _TRACKING,
    "link_traces_to_run": _TRACES,
    "last_logged_model": _VERSIONS,
    "load_prompt": "trilha._client.prompts",
    "log_assessment": _FEEDBACK,
    "log_expectation": _FEEDBACK,
    "log_feedback": _FEEDBACK,
    "log_model_params": _VERSIONS,
    "override_feedback": _FEEDBACK,
    "query_metrics": "trilha._client.figures",
    "register_prompt": _PROMPT_REGISTRY,
    "search_experiments": _EXPERIMENTS,
    "search_logged_models": _VERSIONS,
    "search_prompts": _PROMPT_REGISTRY,
    "search_sessions": "trilha._client.sessions",
    "search_traces": _TRACES,
    "set_active_model": _VERSIONS,
    "set_experiment": _EXPERIMENTS,
    "set_experiment_tag": _EXPERIMENTS,
    "set_logged_model_tags": _VERSIONS,
    "set_prompt_alias": _PROMPT_REGISTRY,
    "set_trace_tag": _CURRENT,
    "set_tracking_uri": _TRACKING,
    "start_span": _START,
    "start_span_no_context": _START,
    "trace": "trilha._trace",
    "update_assessment": _FEEDBACK,
    "update_current_trace": _CURRENT,
}
"""Where each of them is."""

MODULES: Final = frozenset({"client", "entities", "exceptions", "genai", "names", "testing", "tracing"})


def offered(name: str) -> Any:  # Any: a function, a class or a module
    """Import what the package offers under a name. Raises `AttributeError`."""
    if name in MODULES:
        return importlib.import_module(f"trilha.{name}")
    place = PLACES.get(name)
    if place is None and not name.startswith("_"):
        integration = importlib.import_module("trilha.integrations").INTEGRATIONS.get(name)
        if integration is not None:
            return integration
    if place is None:
        raise AttributeError(f"module 'trilha' has no attribute {name!r}")
    return getattr(importlib.import_module(place), name)
