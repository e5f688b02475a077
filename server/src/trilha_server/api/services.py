"""What handlers work with."""

import msgspec

from trilha_server.access.signatures import Signatures
from trilha_server.access.tokens import Tokens
from trilha_server.api.waiting import WaitingRoom
from trilha_server.catalog.directory import ExperimentDirectory
from trilha_server.ingest.door import Door
from trilha_server.ingest.ledger import Ledger
from trilha_server.ingest.pricing import Pricer
from trilha_server.ingest.reading import Reading
from trilha_server.ingest.repricing import Repricing
from trilha_server.ports import ArtifactStore, Clock, Store


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """The rooms behind the API, built once by the composition root."""

    store: Store
    artifacts: ArtifactStore
    reading: Reading
    door: Door
    ledger: Ledger
    experiments: ExperimentDirectory
    pricer: Pricer
    repricing: Repricing
    clock: Clock
    waiting_room: WaitingRoom[list[int]]
    tokens: Tokens
    signatures: Signatures
    public_url: str | None
    """Where clients reach the server; `None` for where each of them says it does."""
    max_body_bytes: int
    max_artifact_bytes: int | None
    """`None` for any size."""
