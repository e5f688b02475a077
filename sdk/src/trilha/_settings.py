"""What the environment says, read once, and what calls change later."""

import logging
import math
import os
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import msgspec

from trilha._environment import YES, Said, flag, number, pairs
from trilha._otlp_endpoint import OtlpEndpoint, read_endpoint

DEFAULT_TRACKING_URI: Final = "http://127.0.0.1:5000"
_MIB: Final = 1024 * 1024
_MIN_MEMORY_MB: Final = 1
_MAX_EXIT_S: Final = 5.0
_TRACKING_URI: Final = ("TRILHA_TRACKING_URI", "MLFLOW_TRACKING_URI")
_SERVED: Final = "ENABLE_MLFLOW_TRACING"
"""What an agent's endpoint is deployed with, beside an experiment and a host with credentials."""
_WITHOUT_EFFECT: Final = (
    "MLFLOW_ENABLE_OTLP_EXPORTER",
    "MLFLOW_TRACE_TIMEOUT_SECONDS",
)
"""What decides with MLflow's client which traces arrive, where and how, and has no counterpart: it is told once."""
_log = logging.getLogger("trilha")


class Destination(msgspec.Struct, frozen=True):
    """An experiment, by its id or else by its name, which the server resolves."""

    experiment_id: str | None = None
    experiment: str | None = None


DEFAULT_EXPERIMENT: Final = Destination(experiment_id="0")


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """How to sign in. None of it is ever logged."""

    token: str | None = None
    username: str | None = None
    password: str | None = None
    client_id: str | None = None
    """With `client_secret`: an OAuth client, which gets tokens from the server."""
    client_secret: str | None = None

    def __repr__(self) -> str:
        return "Credentials(…)"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How this process traces."""

    tracking_uri: str = DEFAULT_TRACKING_URI
    """`http(s)://…`, `databricks` or `databricks://profile`."""
    is_tracking_uri_told: bool = False
    """Whether the environment or a call said so."""
    tracking_credentials: Credentials = Credentials()
    """For servers named by their address."""
    databricks_host: str | None = None
    databricks_credentials: Credentials = Credentials()
    databricks_profile: str | None = None
    databricks_config_file: str = "~/.databrickscfg"
    checks_tls: bool = True
    ca_path: str | None = None
    """File or folder with the certificates of the authorities to trust; without it, the system's."""
    client_cert_path: str | None = None
    """File with the certificate, and its key, that this process shows to servers."""
    destination: Destination = DEFAULT_EXPERIMENT
    """Where traces go that were not sent elsewhere by the call that began them."""
    second_destination: OtlpEndpoint | None = None
    """Where all spans go besides the server."""
    active_model_id: str | None = None
    """Id or name of the version that is running, where no call names another."""
    is_enabled: bool = True
    is_async: bool = True
    """Whether the thread that ends a trace goes on at once, or waits until the server has it."""
    captures_content: bool = True
    """Whether inputs, outputs, attributes and texts of errors leave the process, or names, times and figures alone."""
    extracts_attachments: bool = True
    """Whether files in base64 leave inputs, outputs and attributes, and are sent beside them."""
    max_attachment_bytes: int | None = None
    """Larger attachments are not sent; `None` for any size."""
    sampling_ratio: float = 1.0
    """Which share of the traces is kept, from 0 to 1."""
    prompt_alias_kept_s: float = 60.0
    """How long a prompt that was loaded by an alias is not asked for again."""
    prompt_version_kept_s: float = math.inf
    """The same by a number."""
    resource: dict[str, str] = {}
    """What OpenTelemetry's variables say of this process, `service.name` for one."""
    default_tags: dict[str, str] = {}
    """Tags of every trace of this process."""
    memory_limit_bytes: int = 64 * _MIB
    """Bound of what waits in memory to be sent."""
    spool_dir: str | None = None
    """Folder for spans that wait to be sent; without it they wait in memory alone."""
    spool_limit_bytes: int = 1024 * _MIB
    """Bound of that folder, all processes together."""
    exit_timeout_s: float = 4.0
    """How long an ending process waits for its last spans to be sent."""


def settings() -> Settings:
    """Return the settings; the first call reads the environment."""
    return _known[0] if _known else change()


def change(**changes: object) -> Settings:
    """Replace some of the settings from now on. Names and types are those of `Settings`."""
    before = _known[0] if _known else read_settings(os.environ)  # noqa: TID251  # the one place
    _known[:] = [msgspec.structs.replace(before, **changes)]
    return _known[0]


def forget() -> None:
    """Read the environment again at the next use."""
    _known.clear()


_known: list[Settings] = []


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Take settings from variables. What is invalid is told once, and the default stands."""
    said = Said(environment)
    without_effect = said.names(*_WITHOUT_EFFECT)
    if without_effect:
        _log.warning("%s: of MLflow's own client, and without effect here", ", ".join(without_effect))
    default = Settings()
    usual_uri = _usual_uri(said)
    return Settings(
        tracking_uri=said.checked(_TRACKING_URI, checked_uri, usual_uri),
        is_tracking_uri_told=said.text(*_TRACKING_URI) is not None or usual_uri != DEFAULT_TRACKING_URI,
        tracking_credentials=Credentials(
            token=said.text("TRILHA_TRACKING_TOKEN", "MLFLOW_TRACKING_TOKEN"),
            username=said.text("MLFLOW_TRACKING_USERNAME"),
            password=said.text("MLFLOW_TRACKING_PASSWORD"),
        ),
        databricks_host=said.text("DATABRICKS_HOST"),
        databricks_credentials=Credentials(
            token=said.text("DATABRICKS_TOKEN"),
            client_id=said.text("DATABRICKS_CLIENT_ID"),
            client_secret=said.text("DATABRICKS_CLIENT_SECRET"),
        ),
        databricks_profile=said.text("DATABRICKS_CONFIG_PROFILE"),
        databricks_config_file=said.text("DATABRICKS_CONFIG_FILE") or default.databricks_config_file,
        checks_tls=not said.checked(("MLFLOW_TRACKING_INSECURE_TLS",), flag, default=False),
        # SSL_CERT_FILE and SSL_CERT_DIR are OpenSSL's own, and it reads them by itself.
        ca_path=said.text("MLFLOW_TRACKING_SERVER_CERT_PATH", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
        client_cert_path=said.text("MLFLOW_TRACKING_CLIENT_CERT_PATH"),
        destination=_destination(said),
        second_destination=read_endpoint(said),
        active_model_id=said.text("MLFLOW_ACTIVE_MODEL_ID", "_MLFLOW_ACTIVE_MODEL_ID"),
        is_enabled=said.checked(
            ("TRILHA_TRACING_ENABLED", "MLFLOW_TRACING_ENABLED", _SERVED), flag, default.is_enabled
        ),
        is_async=said.checked(("MLFLOW_ENABLE_ASYNC_TRACE_LOGGING",), flag, default.is_async),
        captures_content=said.checked(("TRILHA_CAPTURE_CONTENT",), flag, default.captures_content),
        extracts_attachments=said.checked(("MLFLOW_TRACE_EXTRACT_ATTACHMENTS",), flag, default.extracts_attachments),
        max_attachment_bytes=said.checked(("MLFLOW_TRACE_MAX_ATTACHMENT_SIZE",), _bytes_or_all, None),
        sampling_ratio=said.checked(("MLFLOW_TRACE_SAMPLING_RATIO",), _share, default.sampling_ratio),
        prompt_alias_kept_s=said.checked(
            ("MLFLOW_ALIAS_PROMPT_CACHE_TTL_SECONDS",), _kept_s, default.prompt_alias_kept_s
        ),
        prompt_version_kept_s=said.checked(
            ("MLFLOW_VERSION_PROMPT_CACHE_TTL_SECONDS",), _kept_s, default.prompt_version_kept_s
        ),
        resource=_resource(said),
        default_tags=said.checked(("TRILHA_TAGS",), said.tags, default.default_tags),
        memory_limit_bytes=said.checked(("TRILHA_MEMORY_LIMIT_MB",), _memory_bytes, default.memory_limit_bytes),
        spool_dir=said.text("TRILHA_SPOOL_DIR"),
        spool_limit_bytes=said.checked(("TRILHA_SPOOL_LIMIT_MB",), _memory_bytes, default.spool_limit_bytes),
        exit_timeout_s=said.checked(("TRILHA_EXIT_TIMEOUT_S",), _exit_s, default.exit_timeout_s),
    )


def _usual_uri(said: Said) -> str:
    """Return where traces go when no address is set: a deployed agent is only told a host, or who it is."""
    is_told = said.text("DATABRICKS_HOST", "DATABRICKS_TOKEN", "DATABRICKS_CLIENT_ID") is not None
    is_served = (said.text(_SERVED) or "").lower() in YES
    return "databricks" if is_told and is_served else DEFAULT_TRACKING_URI


def _destination(said: Said) -> Destination:
    place = said.text("MLFLOW_TRACING_DESTINATION")
    if place is not None:
        return Destination(experiment_id=place) if place.isdecimal() else Destination(experiment=place)
    experiment_id, name = said.text("MLFLOW_EXPERIMENT_ID"), said.text("MLFLOW_EXPERIMENT_NAME")
    if experiment_id is not None:
        return Destination(experiment_id=experiment_id)
    return DEFAULT_EXPERIMENT if name is None else Destination(experiment=name)


def _resource(said: Said) -> dict[str, str]:
    resource = said.checked(("OTEL_RESOURCE_ATTRIBUTES",), pairs, {})
    service = said.text("OTEL_SERVICE_NAME")
    return resource if service is None else {**resource, "service.name": service}


def checked_uri(text: str) -> str:
    """Return an address that a server can have. Raises `ValueError`, whose text does not hold it."""
    if text == "databricks" or text.startswith("databricks://"):
        return text
    try:
        is_url = text.startswith(("http://", "https://")) and bool(urlsplit(text))
    except ValueError:  # as where a bracket is missing
        is_url = False
    if is_url:
        return text
    raise ValueError("it must be http(s)://…, databricks or databricks://profile")


def _share(text: str) -> float:
    return number(text, 0.0, 1.0)


def _memory_bytes(text: str) -> int:
    return int(number(text, _MIN_MEMORY_MB, 1024 * 1024) * _MIB)


def _bytes_or_all(text: str) -> int | None:
    return int(number(text, 0, 2**62)) or None


def _exit_s(text: str) -> float:
    return number(text, 0.0, _MAX_EXIT_S)


def _kept_s(text: str) -> float:
    return number(text, 0.0, math.inf)
