"""What the operator sets, by flag or environment."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec

from trilha_server.domain.errors import InvalidInput

_PLACE = re.compile(r"(.*) - at `\$\.(\w+)`")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of a server. Each can be given as `TRILHA_…` in the environment; flags win."""

    host: str = "127.0.0.1"
    """Address to listen on."""

    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 5000
    """Port for HTTP."""

    grpc_port: Annotated[str, msgspec.Meta(pattern="^(off|[0-9]{1,5})$")] = "4317"
    """Port for OTLP over gRPC, or `off`."""

    data_dir: Path = Path("trilha-data")
    """Folder for everything that the server keeps by itself."""

    store_url: str | None = None
    """`sqlite:///PATH` or `postgresql://…`; without it, `trilha.db` in the data folder."""

    public_url: Annotated[str, msgspec.Meta(pattern="^https?://[^/?#]+/?$")] | None = None
    """Scheme, host and port at which clients reach the server; without it, those of each request."""

    artifacts_url: str | None = None
    """`file:///…`, `s3://…`, `gs://…` or `az://…`; without it, `artifacts` in the data folder."""

    artifact_roots: str | None = None
    """Other such places, separated by commas, that an experiment's `artifact_location` may name."""

    max_artifact_mb: Annotated[int, msgspec.Meta(ge=1)] | None = None
    """Largest artifact in MiB; without it, any size."""

    max_body_mb: Annotated[int, msgspec.Meta(ge=1, le=1024)] = 64
    """Largest request body in MiB, after decompression."""

    max_pending_mb: Annotated[int, msgspec.Meta(ge=1)] = 256
    """Bodies in MiB that may wait to be written before the server answers 429."""

    insecure: bool = False
    """Listen on an address that others can reach, although nothing asks who they are."""

    log_format: Annotated[str, msgspec.Meta(pattern="^(text|json)$")] = "text"
    """`text` for people, `json` for collectors."""

    @property
    def default_artifacts_folder(self) -> Path:
        """Where artifacts are kept without a URL."""
        return self.data_dir / "artifacts"

    @property
    def resolved_artifacts_url(self) -> str:
        """The artifact store's URL."""
        return self.artifacts_url or f"file://{self.default_artifacts_folder.absolute()}"

    @property
    def resolved_store_url(self) -> str:
        """The store's URL."""
        return self.store_url or f"sqlite:///{self.data_dir / 'trilha.db'}"


def read_settings(flags: Mapping[str, object], environment: Mapping[str, str] = os.environ) -> Settings:  # noqa: TID251  # the one place
    """Take settings from flags, then from the environment. Raises `InvalidInput` that names the setting."""
    given: dict[str, object] = {}
    for name in Settings.__struct_fields__:
        value = flags.get(name, environment.get(_variable(name)))
        if value is not None:
            given[name] = value
    try:
        return msgspec.convert(given, Settings, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        place = _PLACE.fullmatch(str(error))
        assert place is not None  # every error is about a field
        wrong, name = place.groups()
        raise InvalidInput(f"setting '{name}' ({_variable(name)}): {wrong[0].lower()}{wrong[1:]}") from error


def _variable(name: str) -> str:
    return f"TRILHA_{name.upper()}"


def _path(kind: type[Any], value: Any) -> Any:  # Any: msgspec's hook for types that it does not know; there is one
    return kind(value)
