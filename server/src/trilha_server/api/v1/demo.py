"""The demo, one click away."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from importlib.metadata import version as installed_version

import msgspec

from trilha_server.api.mlflow.trace_json import TraceInfoJson, read_trace_info
from trilha_server.api.routes import ModelRoute, Permission
from trilha_server.api.services import Services
from trilha_server.api.v1.models import Model
from trilha_server.api.v1.version_models import NewVersion
from trilha_server.api.v1.versions import version_of
from trilha_server.demo import DEMO_EXPERIMENT, DEMO_TRACES
from trilha_server.demo.agent import Played
from trilha_server.demo.week import UNTIL_TAG, declaration, spans_request, until_ms, versions, week
from trilha_server.domain.batch import SpansArrived, TraceUpdate
from trilha_server.domain.experiment import Experiment
from trilha_server.ingest.door import Arrival, Sender
from trilha_server.normalise.otlp import read_request


class DemoModel(Model):
    """The experiment that was filled."""

    experiment_id: str
    name: str
    traces: int


def demo_routes(services: Services) -> list[ModelRoute]:
    """List the route of the demo."""
    sender = Sender(f"trilha-demo/{installed_version('trilha-server')}", "demo")
    telling = threading.Lock()

    def fill() -> DemoModel:
        with telling:  # two who ask at once are told the same week
            experiment = _told_today(services)
            for version in versions(str(experiment.experiment_id)):
                services.store.versions.ensure_version(version_of(services, NewVersion.model_validate(version)))
            for done in list(_sent(services, sender, experiment)):
                done.result()
        return DemoModel(experiment_id=str(experiment.experiment_id), name=experiment.name, traces=DEMO_TRACES)

    return [
        ModelRoute(
            method="POST",
            path="/api/v1/demo",
            permission=Permission.WRITE,
            handle=fill,
            summary="Fill an experiment with the traces of a support agent",
            errors=(429,),
        )
    ]


def _told_today(services: Services) -> Experiment:
    """Find the experiment, or make it, and note on it which week it is told."""
    store = services.store.experiments
    now_ms = services.clock.now_ms()
    experiment = store.get_experiment(services.experiments.named(DEMO_EXPERIMENT))
    end_ms = str(until_ms(experiment.tags.get(UNTIL_TAG), now_ms))
    if experiment.tags.get(UNTIL_TAG) != end_ms:
        tags = {**experiment.tags, UNTIL_TAG: end_ms}
        experiment = msgspec.structs.replace(experiment, tags=tags, update_time_ms=now_ms)
        store.update_experiment(experiment)
    return experiment


def _sent(services: Services, sender: Sender, experiment: Experiment) -> Iterator[Future[list[int]]]:
    for batch in week(experiment.name, int(experiment.tags[UNTIL_TAG]), DEMO_TRACES):
        body = spans_request(batch).SerializeToString()
        updates = _updates(experiment, body, batch, services.clock.now_ms())
        yield services.door.admit(Arrival(sender, updates, len(body)))


def _updates(experiment: Experiment, body: bytes, batch: Sequence[Played], now_ms: int) -> list[TraceUpdate]:
    number = experiment.experiment_id
    declared = (msgspec.convert(declaration(str(number), played), TraceInfoJson) for played in batch)
    return [
        *(SpansArrived(experiment_id=number, spans=trace) for trace in read_request(body).traces),
        *(read_trace_info(info, number, now_ms) for info in declared),
    ]
