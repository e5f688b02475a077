"""Counts what arrived, from whom, and what became of it."""

import threading
from collections.abc import Sequence

import msgspec

from trilha_server.domain.ids import ExperimentId
from trilha_server.ports import Clock, IngestionCount, IngestionStore

MAX_CLIENTS = 200
"""More distinct clients than that are counted together: the names come from outside."""

MAX_CLIENT_CHARS = 80
_OTHERS = "(others)"

_Key = tuple[ExperimentId | None, str, str, str, str]


class Ledger:
    """Adds up in memory and hands the sums to the store now and then. Safe to share by threads."""

    def __init__(self, store: IngestionStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._unsaved: dict[_Key, IngestionCount] = {}
        self._since_start: dict[_Key, IngestionCount] = {}
        self._clients: set[str] = set()

    def count(  # noqa: PLR0913  # each is one column of the count
        self,
        *,
        experiment_id: ExperimentId | None,
        client: str,
        protocol: str,
        outcome: str,
        reason: str = "",
        requests: int = 0,
        traces: int = 0,
        spans: int = 0,
        body_bytes: int = 0,
    ) -> None:
        """Add one event."""
        with self._lock:
            key = (experiment_id, self._known_client(client), protocol, outcome, reason)
            amounts = IngestionCount(*key, requests, traces, spans, body_bytes, self._clock.now_ms())
            for sums in (self._unsaved, self._since_start):
                kept = sums.get(key)
                sums[key] = amounts if kept is None else _sum(kept, amounts)

    def since_start(self) -> list[IngestionCount]:
        """Read the sums since this server started."""
        with self._lock:
            return list(self._since_start.values())

    def all_counts(self) -> list[IngestionCount]:
        """Read the sums of all servers and of all time."""
        self.save()
        return self._store.counts()

    def save(self) -> None:
        """Hand what is new to the store; keeps it for the next time if the store fails."""
        with self._lock:
            unsaved, self._unsaved = self._unsaved, {}
        if not unsaved:
            return
        try:
            self._store.add_counts(list(unsaved.values()))
        except Exception:
            self._put_back(list(unsaved.items()))
            raise

    def _put_back(self, counts: Sequence[tuple[_Key, IngestionCount]]) -> None:
        with self._lock:
            for key, amounts in counts:
                kept = self._unsaved.get(key)
                self._unsaved[key] = amounts if kept is None else _sum(amounts, kept)

    def _known_client(self, client: str) -> str:
        name = client[:MAX_CLIENT_CHARS] or "(unnamed)"
        if name not in self._clients:
            if len(self._clients) >= MAX_CLIENTS:
                return _OTHERS
            self._clients.add(name)
        return name


def _sum(left: IngestionCount, right: IngestionCount) -> IngestionCount:
    return msgspec.structs.replace(
        left,
        requests=left.requests + right.requests,
        traces=left.traces + right.traces,
        spans=left.spans + right.spans,
        body_bytes=left.body_bytes + right.body_bytes,
        last_time_ms=max(left.last_time_ms, right.last_time_ms),
    )
