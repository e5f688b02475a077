"""The composition root: the only module that names adapters."""

import asyncio
import logging
import secrets
import threading
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

import msgspec
from starlette.applications import Starlette

from trilha_server.access.signatures import Signatures
from trilha_server.access.tokens import KEY_BYTES, Tokens
from trilha_server.api.authentication import TokenCheck
from trilha_server.api.databricks import artifacts as run_files
from trilha_server.api.databricks import (
    scheduled_scorers,
    trace_data,
    trace_search,
    unity_catalog_models,
    unity_catalog_prompt_versions,
    unity_catalog_prompts,
)
from trilha_server.api.databricks.files import file_routes
from trilha_server.api.databricks.model_files import model_file_routes
from trilha_server.api.databricks.sign_in import sign_in_routes
from trilha_server.api.databricks.signed_files import signed_file_routes
from trilha_server.api.grpc import grpc_server
from trilha_server.api.http import Shortcuts, http_app
from trilha_server.api.late import LateApp
from trilha_server.api.mlflow import (
    assessments,
    experiments,
    logged_models,
    probes,
    prompt_links,
    registry_models,
    registry_versions,
    run_entries,
    runs,
    scorers,
    trace_metrics,
    traces,
    traces_v2,
)
from trilha_server.api.mlflow.artifacts import artifact_routes
from trilha_server.api.otlp import otlp_routes
from trilha_server.api.services import Services
from trilha_server.api.v1.bell import Bell
from trilha_server.api.v1.ringing import RingingAssessments, RingingWriter
from trilha_server.api.waiting import WaitingRoom
from trilha_server.api.web import WebFiles, web_routes
from trilha_server.catalog.directory import ExperimentDirectory
from trilha_server.domain.errors import TrilhaError
from trilha_server.domain.ids import DEFAULT_EXPERIMENT_ID, ExperimentId
from trilha_server.ingest.door import Door
from trilha_server.ingest.group_commit import GroupCommit
from trilha_server.ingest.ledger import Ledger
from trilha_server.ingest.pricing import Pricer, PricingWriter
from trilha_server.ingest.reading import Reading
from trilha_server.ingest.repricing import Repricing
from trilha_server.normalise import price_list
from trilha_server.ports import ArtifactStore, Store, TraceQuery, Upkeep
from trilha_server.search.parse import parse_filter
from trilha_server.settings import Settings
from trilha_server.storage.artifacts.open import artifacts_at
from trilha_server.storage.open import open_store

SAVE_COUNTS_S = 5.0
UPKEEP_PAUSE_S = 2.0
WARM_UP_AFTER_S = 0.1
"""Imports hold the interpreter: they let the server answer its first request before they begin."""

GRPC_GRACE_S = 2.0

MLFLOW_ROOMS = (
    trace_metrics,
    traces,
    traces_v2,
    assessments,
    experiments,
    runs,
    run_entries,
    logged_models,
    scorers,
    registry_models,
    registry_versions,
    prompt_links,
    unity_catalog_models,
    unity_catalog_prompts,
    unity_catalog_prompt_versions,
    trace_data,
    trace_search,
    run_files,
    scheduled_scorers,
)
"""The modules whose routes speak MLflow's protocol."""

_log = logging.getLogger(__name__)


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Unix time in milliseconds."""
        return time.time_ns() // 1_000_000


class Server(msgspec.Struct, frozen=True):
    """A server, ready to run."""

    http: Starlette
    asgi: TokenCheck
    """What to serve: the same, by a shorter way where it matters."""
    native: LateApp
    """The part of it that is loaded only after the server answers."""
    stop_streams: Callable[[], None]
    """Ends what would otherwise keep connections open for ever."""


class Housekeeping:
    """A thread that does what can wait: slow imports, counts, compression dictionaries, the text index."""

    def __init__(self, warm_up: Callable[[], object], upkeep: Upkeep, ledger: Ledger) -> None:
        self._warm_up = warm_up
        self._upkeep = upkeep
        self._ledger = ledger
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Save what is counted, and end."""
        self._stop.set()
        self._thread.join()
        self._guarded(self._ledger.save)

    def _run(self) -> None:
        if not self._stop.wait(WARM_UP_AFTER_S):
            self._guarded(self._warm_up)
        saved_at = time.monotonic()
        while not self._stop.wait(UPKEEP_PAUSE_S):
            while self._guarded(self._upkeep.maintain) and not self._stop.is_set():
                pass
            if time.monotonic() - saved_at >= SAVE_COUNTS_S:
                saved_at = time.monotonic()
                self._guarded(self._ledger.save)

    @staticmethod
    def _guarded(work: Callable[[], object]) -> object:
        try:
            return work()
        except TrilhaError as error:  # a full disk or a lost database: try again later
            _log.warning("housekeeping postponed", extra={"fields": {"cause": error}})
        except Exception as error:  # the edge of a thread that must go on
            _log.error("housekeeping failed", extra={"fields": {"cause": type(error).__name__}}, exc_info=error)
        return None


def build(settings: Settings) -> Server:
    """Open the store and put the rooms together. Raises `StoreInUse`, `StoreUnavailable` and `InvalidInput`."""
    clock = SystemClock()
    opened = open_store(settings.resolved_store_url, clock)
    try:
        artifacts = open_artifacts(settings, lambda number: opened.experiments.get_experiment(number).artifact_location)
    except BaseException:
        opened.upkeep.close()
        raise
    bell = Bell()
    store = msgspec.structs.replace(
        opened,
        writer=RingingWriter(opened.writer, bell.ring),
        assessments=RingingAssessments(opened.assessments, bell.ring),
    )
    pricer = Pricer(store.prices)
    repricing = Repricing(store.jobs, store.walk, store.reader, store.writer, pricer, owner=secrets.token_hex(8))
    group_commit = GroupCommit(PricingWriter(store.writer, pricer), max_pending_bytes=settings.max_pending_mb << 20)
    ledger = Ledger(store.ingestion, clock)
    services = Services(
        store=store,
        artifacts=artifacts,
        reading=Reading(lambda: group_commit.pending_bytes > 0),
        door=Door(group_commit, ledger),
        ledger=ledger,
        experiments=ExperimentDirectory(store.experiments, clock),
        pricer=pricer,
        repricing=repricing,
        clock=clock,
        tokens=Tokens(store.keys.signing_key("tokens", secrets.token_bytes(KEY_BYTES)), clock),
        signatures=Signatures(store.keys.signing_key("addresses", secrets.token_bytes(KEY_BYTES)), clock),
        public_url=settings.public_url,
        waiting_room=WaitingRoom(),
        max_body_bytes=settings.max_body_mb << 20,
        max_artifact_bytes=None if settings.max_artifact_mb is None else settings.max_artifact_mb << 20,
    )
    native = LateApp(partial(_native_app, services, bell, group_commit))
    web = WebFiles()
    housekeeping = Housekeeping(partial(_warm_up, store, native, web), store.upkeep, ledger)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        group_commit.start()
        housekeeping.start()
        repricing.start()
        grpc = None if settings.grpc_port == "off" else grpc_server(services, f"{settings.host}:{settings.grpc_port}")
        if grpc is not None:
            await grpc.start()
        try:
            yield
        finally:
            if grpc is not None:
                await grpc.stop(GRPC_GRACE_S)
            await services.reading.close()
            await asyncio.to_thread(group_commit.stop)
            await asyncio.to_thread(repricing.stop)
            await asyncio.to_thread(housekeeping.stop)
            with suppress(TrilhaError):
                await asyncio.to_thread(store.upkeep.close)

    otlp = otlp_routes(services)
    raw = [
        *otlp,
        *probes.ROUTES,
        *(route.bind(services) for room in MLFLOW_ROOMS for route in room.ROUTES),
        *artifact_routes(services),
        *sign_in_routes(services),
        *signed_file_routes(services),
        *model_file_routes(services),
        *file_routes(services),
        *web_routes(web),
    ]
    http = http_app(raw, native, lifespan)
    return Server(
        http=http, asgi=TokenCheck(Shortcuts(http, otlp), services.tokens), native=native, stop_streams=bell.close
    )


def open_artifacts(settings: Settings, location_of: Callable[[ExperimentId], str | None]) -> ArtifactStore:
    """Open the artifact store alone. Raises `StoreUnavailable` and `InvalidInput`."""
    return artifacts_at(settings.artifacts_url, settings.default_artifacts_folder, settings.artifact_roots, location_of)


def _native_app(services: Services, bell: Bell, group_commit: GroupCommit) -> Starlette:
    # FastAPI, pydantic and the Prometheus client take as long to load as all that ingest needs: decision 0013.
    from trilha_server.api.metrics import metrics_route  # noqa: PLC0415  # see above
    from trilha_server.api.v1.application import native_app  # noqa: PLC0415  # see above

    return native_app(services, bell, metrics_route(services.ledger, group_commit))


def _warm_up(store: Store, native: LateApp, web: WebFiles) -> None:
    """Load what is loaded late, so that of those who search only the very first wait for it."""
    native.app()
    errors = parse_filter("status = 'ERROR'")
    store.reader.search(TraceQuery(experiment_ids=(DEFAULT_EXPERIMENT_ID,), filter=errors, limit=1))
    price_list.load()
    web.keep()
