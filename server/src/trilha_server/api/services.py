"""What handlers work with."""

import msgspec

from trilha_server.api.waiting import WaitingRoom
from trilha_server.catalog.directory import ExperimentDirectory
from trilha_server.ingest.door import Door
from trilha_server.ingest.ledger import Ledger
from trilha_server.ports import Clock, Store


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """The rooms behind the API, built once by the composition root."""

    store: Store
    door: Door
    ledger: Ledger
    experiments: ExperimentDirectory
    clock: Clock
    waiting_room: WaitingRoom[list[int]]
    max_body_bytes: int
