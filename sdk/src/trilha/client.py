"""The calls to the server as methods, as MLflow's programs make them: `from trilha.client import MlflowClient`."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from inspect import Parameter, signature
from typing import Any, Concatenate, ParamSpec, TypeVar

from trilha import _current
from trilha._client import experiments, feedback, figures, prompt_registry, prompts, sessions, traces, versions
from trilha._client.flushing import at_least_one, send_first
from trilha._client.http import asking
from trilha._client.pages import PagedList
from trilha._settings import settings
from trilha._tracking import usable_uri
from trilha.entities import LoggedModel, LoggedModelStatus, Trace

__all__ = ["Client", "MlflowClient", "PagedList"]


Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def _method(call: Callable[Given, Answer]) -> "Callable[Concatenate[Client, Given], Answer]":
    """Make a method of a call, which asks the client's server."""

    @wraps(call)
    def method(self: "Client", *args: Given.args, **kwargs: Given.kwargs) -> Answer:
        with asking(self.named_uri):
            return call(*args, **kwargs)

    known = signature(call)
    given = (Parameter("self", Parameter.POSITIONAL_ONLY), *known.parameters.values())
    vars(method)["__signature__"] = known.replace(parameters=given)
    return method


class Client:
    """Asks the server that the settings mean, or the one that is named: traces go where they went."""

    def __init__(self, tracking_uri: str | None = None, registry_uri: str | None = None) -> None:
        del registry_uri  # versions and traces are on one server
        self.named_uri = usable_uri(tracking_uri) if tracking_uri else None
        """Where its calls go; `None` for where the settings say."""

    @property
    def tracking_uri(self) -> str:
        """Where the server is."""
        return self.named_uri or settings().tracking_uri

    get_experiment = _method(experiments.get_experiment)
    get_experiment_by_name = _method(experiments.get_experiment_by_name)
    create_experiment = _method(experiments.create_experiment)
    search_experiments = _method(experiments.search_experiments)
    delete_experiment = _method(experiments.delete_experiment)

    def set_experiment_tag(self, experiment_id: str, key: str, value: Any) -> None:  # Any: whatever has a text
        """Set a tag of an experiment."""
        with asking(self.named_uri):
            experiments.set_experiment_tag(key, value, experiment_id)

    def search_traces(  # noqa: PLR0913, PLR0917  # as MLflow has them
        self,
        experiment_ids: Sequence[str] | None = None,
        filter_string: str | None = None,
        max_results: int = 100,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
        run_id: str | None = None,
        include_spans: bool = True,
        model_id: str | None = None,
        locations: Sequence[str] | None = None,
        flush: bool = True,
        *,
        experiment_names: Sequence[str] | None = None,
    ) -> PagedList[Trace]:
        """Find traces, a page at a time; what ended in this process is sent first, so that it is found."""
        at_least_one("max_results", max_results)
        send_first(wanted=flush and page_token is None)
        places = [str(place) for place in (*(experiment_ids or ()), *(locations or ()))]
        text = traces.filter_of(filter_string, run_id=run_id, model_id=model_id)
        with asking(self.named_uri):
            places += experiments.experiment_ids_of(list(experiment_names or ()))
            return traces.search_page(
                places or [experiments.active_experiment_id()],
                text,
                max_results,
                order_by,
                page_token,
                include_spans=include_spans,
            )

    def get_trace(self, trace_id: str, display: bool = False, flush: bool = True) -> Trace:
        """Read a trace, and show it below the cell of a notebook where that is wanted. Raises `NotFound`."""
        send_first(wanted=flush)
        with asking(self.named_uri):
            found = traces.existing_trace(trace_id)
        if display:
            from trilha._notebook.cells import show  # noqa: PLC0415  # for notebooks alone

            show(found)
        return found

    def set_trace_tag(self, trace_id: str | None, key: str, value: str) -> None:
        """Set a tag of a trace, whether it is going on or has ended."""
        with asking(self.named_uri):
            _current.set_trace_tag(trace_id, key, value)

    def delete_trace_tag(self, trace_id: str | None, key: str) -> None:
        """Delete a tag of a trace, whether it is going on or has ended."""
        with asking(self.named_uri):
            _current.delete_trace_tag(trace_id, key)

    delete_traces = _method(traces.delete_traces)
    link_traces_to_run = _method(traces.link_traces_to_run)
    search_sessions = _method(sessions.search_sessions)
    query_metrics = _method(figures.query_metrics)

    log_feedback = _method(feedback.log_feedback)
    log_expectation = _method(feedback.log_expectation)
    log_assessment = _method(feedback.log_assessment)
    get_assessment = _method(feedback.get_assessment)
    update_assessment = _method(feedback.update_assessment)
    delete_assessment = _method(feedback.delete_assessment)
    override_feedback = _method(feedback.override_feedback)

    def create_logged_model(
        self,
        experiment_id: str,
        name: str | None = None,
        source_run_id: str | None = None,
        tags: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        model_type: str | None = None,
    ) -> LoggedModel:
        """Make a version that is not ready yet."""
        with asking(self.named_uri):
            return versions.initialize_logged_model(name, source_run_id, tags, params, model_type, experiment_id)

    def finalize_logged_model(self, model_id: str, status: LoggedModelStatus | str) -> LoggedModel:
        """Say whether a version can be used. Raises `NotFound`."""
        with asking(self.named_uri):
            return versions.finalize_logged_model(model_id, status)

    get_logged_model = _method(versions.get_logged_model)
    delete_logged_model = _method(versions.delete_logged_model)
    set_logged_model_tags = _method(versions.set_logged_model_tags)
    delete_logged_model_tag = _method(versions.delete_logged_model_tag)
    create_external_model = _method(versions.create_external_model)

    load_prompt = _method(prompts.read_prompt)
    register_prompt = _method(prompt_registry.register_prompt)
    search_prompts = _method(prompt_registry.search_prompts_page)
    set_prompt_alias = _method(prompt_registry.set_prompt_alias)
    delete_prompt_alias = _method(prompt_registry.delete_prompt_alias)
    set_prompt_tag = _method(prompt_registry.set_prompt_tag)
    delete_prompt_tag = _method(prompt_registry.delete_prompt_tag)
    set_prompt_version_tag = _method(prompt_registry.set_prompt_version_tag)
    delete_prompt_version_tag = _method(prompt_registry.delete_prompt_version_tag)

    def search_logged_models(
        self,
        experiment_ids: Sequence[str],
        filter_string: str | None = None,
        datasets: Sequence[Mapping[str, str]] | None = None,
        max_results: int = 100,
        order_by: Sequence[Mapping[str, Any]] | None = None,
        page_token: str | None = None,
    ) -> PagedList[LoggedModel]:
        """Find versions, a page at a time."""
        places = [str(each) for each in experiment_ids]
        with asking(self.named_uri):
            return versions.search_versions_page(places, filter_string, max_results, order_by, page_token, datasets)


MlflowClient = Client
