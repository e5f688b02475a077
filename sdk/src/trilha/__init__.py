"""Trilha: production tracing for GenAI applications."""

from typing import TYPE_CHECKING, Any

from trilha._version import VERSION

if TYPE_CHECKING:  # imported when it is used: whoever needs a name or a call only pays for no more
    from trilha import client, entities, exceptions, genai, names, testing, tracing
    from trilha._add_trace import add_trace
    from trilha._client.experiments import (
        create_experiment,
        delete_experiment,
        get_experiment,
        get_experiment_by_name,
        search_experiments,
        set_experiment,
        set_experiment_tag,
    )
    from trilha._client.feedback import (
        delete_assessment,
        get_assessment,
        log_assessment,
        log_expectation,
        log_feedback,
        override_feedback,
        update_assessment,
    )
    from trilha._client.figures import query_metrics
    from trilha._client.prompt_registry import (
        delete_prompt_alias,
        register_prompt,
        search_prompts,
        set_prompt_alias,
    )
    from trilha._client.prompts import load_prompt
    from trilha._client.sessions import search_sessions
    from trilha._client.traces import delete_traces, get_trace, link_traces_to_run, search_traces
    from trilha._client.versions import (
        clear_active_model,
        create_external_model,
        delete_logged_model_tag,
        finalize_logged_model,
        get_active_model_id,
        get_logged_model,
        initialize_logged_model,
        last_logged_model,
        log_model_params,
        search_logged_models,
        set_active_model,
        set_logged_model_tags,
    )
    from trilha._current import (
        delete_trace_tag,
        get_active_trace_id,
        get_current_active_span,
        get_last_active_trace_id,
        set_trace_tag,
        update_current_trace,
    )
    from trilha._stand_in import install_as_mlflow
    from trilha._start import start_span, start_span_no_context
    from trilha._trace import trace
    from trilha._tracking import (
        flush_trace_async_logging,
        get_tracking_uri,
        is_tracking_uri_set,
        set_tracking_uri,
    )
    from trilha._version_name import git_version_name
    from trilha.client import Client, MlflowClient
    from trilha.exceptions import MlflowException
    from trilha.integrations import Integration
    from trilha.tracing import context

    agno: Integration
    anthropic: Integration
    autogen: Integration
    bedrock: Integration
    crewai: Integration
    dspy: Integration
    gemini: Integration
    groq: Integration
    haystack: Integration
    langchain: Integration
    langgraph: Integration
    litellm: Integration
    llama_index: Integration
    mistral: Integration
    openai: Integration
    openai_agents: Integration
    smolagents: Integration

__all__ = [
    "Client",
    "MlflowClient",
    "MlflowException",
    "__version__",
    "add_trace",
    "clear_active_model",
    "client",
    "context",
    "create_experiment",
    "create_external_model",
    "delete_assessment",
    "delete_experiment",
    "delete_logged_model_tag",
    "delete_prompt_alias",
    "delete_trace_tag",
    "delete_traces",
    "entities",
    "exceptions",
    "finalize_logged_model",
    "flush_trace_async_logging",
    "genai",
    "get_active_model_id",
    "get_active_trace_id",
    "get_assessment",
    "get_current_active_span",
    "get_experiment",
    "get_experiment_by_name",
    "get_last_active_trace_id",
    "get_logged_model",
    "get_trace",
    "get_tracking_uri",
    "git_version_name",
    "initialize_logged_model",
    "install_as_mlflow",
    "is_tracking_uri_set",
    "last_logged_model",
    "link_traces_to_run",
    "load_prompt",
    "log_assessment",
    "log_expectation",
    "log_feedback",
    "log_model_params",
    "names",
    "override_feedback",
    "query_metrics",
    "register_prompt",
    "search_experiments",
    "search_logged_models",
    "search_prompts",
    "search_sessions",
    "search_traces",
    "set_active_model",
    "set_experiment",
    "set_experiment_tag",
    "set_logged_model_tags",
    "set_prompt_alias",
    "set_trace_tag",
    "set_tracking_uri",
    "start_span",
    "start_span_no_context",
    "testing",
    "trace",
    "tracing",
    "update_assessment",
    "update_current_trace",
]

__version__ = VERSION


if not TYPE_CHECKING:  # type checkers are to know a name that is misspelt
    from trilha import _offered

    def __getattr__(name: str) -> Any:  # Any: functions, classes and modules
        found = globals()[name] = _offered.offered(name)
        return found
