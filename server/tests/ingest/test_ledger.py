"""What arrived is counted once, whatever becomes of the store."""

from collections.abc import Sequence

import pytest
from trilha_server.domain.errors import StoreUnavailable
from trilha_server.domain.ids import ExperimentId
from trilha_server.ingest.ledger import MAX_CLIENT_CHARS, MAX_CLIENTS, Ledger
from trilha_server.ports import IngestionCount

from server.tests.support.spans import NOW_MS, FixedClock


class ListedCounts:
    """An ingestion store in memory that can be made to fail."""

    def __init__(self) -> None:
        self.kept: list[IngestionCount] = []
        self.fails = False

    def add_counts(self, counts: Sequence[IngestionCount]) -> None:
        if self.fails:
            raise StoreUnavailable("the store failed")
        self.kept.extend(counts)

    def counts(self) -> list[IngestionCount]:
        return self.kept


@pytest.fixture
def kept() -> ListedCounts:
    return ListedCounts()


@pytest.fixture
def ledger(kept: ListedCounts) -> Ledger:
    return Ledger(kept, FixedClock())


def count(ledger: Ledger, spans: int = 1, client: str = "sdk/1", reason: str = "") -> None:
    ledger.count(
        experiment_id=ExperimentId(0),
        client=client,
        protocol="otlp-http",
        outcome="rejected" if reason else "kept",
        reason=reason,
        spans=spans,
        requests=1,
    )


def test_events_of_one_kind_add_up_and_others_stand_apart(ledger: Ledger) -> None:
    count(ledger, 2)
    count(ledger, 3)
    count(ledger, 5, reason="TooLarge")

    assert [
        (item.outcome, item.reason, item.requests, item.spans, item.last_time_ms) for item in ledger.since_start()
    ] == [
        ("kept", "", 2, 5, NOW_MS),
        ("rejected", "TooLarge", 1, 5, NOW_MS),
    ]


def test_what_was_saved_is_not_saved_again(ledger: Ledger, kept: ListedCounts) -> None:
    count(ledger, 2)
    ledger.save()
    ledger.save()
    count(ledger, 3)

    assert [item.spans for item in ledger.all_counts()] == [2, 3]
    assert [item.spans for item in ledger.since_start()] == [5]


def test_a_store_that_fails_loses_no_count(ledger: Ledger, kept: ListedCounts) -> None:
    count(ledger, 2)
    kept.fails = True
    with pytest.raises(StoreUnavailable):
        ledger.save()
    count(ledger, 3)
    kept.fails = False

    assert [item.spans for item in ledger.all_counts()] == [5]


def test_more_clients_than_anybody_has_are_counted_together(ledger: Ledger) -> None:
    for number in range(MAX_CLIENTS + 50):
        count(ledger, client=f"client/{number}")

    by_client = {item.client: item.spans for item in ledger.since_start()}
    assert len(by_client) == MAX_CLIENTS + 1
    assert by_client["(others)"] == 50


@pytest.mark.parametrize(("client", "shown"), [("", "(unnamed)"), ("c" * 500, "c" * MAX_CLIENT_CHARS)])
def test_a_client_has_a_name_of_bounded_length(ledger: Ledger, client: str, shown: str) -> None:
    count(ledger, client=client)

    assert [item.client for item in ledger.since_start()] == [shown]
