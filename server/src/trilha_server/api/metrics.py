"""Figures for Prometheus."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.process_collector import ProcessCollector
from starlette.requests import Request
from starlette.responses import Response

from trilha_server.api.routes import Permission, RawRoute
from trilha_server.ingest.group_commit import GroupCommit
from trilha_server.ingest.ledger import Ledger
from trilha_server.ports import IngestionCount

_LABELS = ("experiment_id", "client", "protocol", "outcome", "reason")
_SUMS = {
    "requests": "Requests that arrived",
    "traces": "Traces that arrived, whole or in part",
    "spans": "Spans that arrived",
    "body_bytes": "Bytes that arrived, decompressed",
}


class _IngestionCollector:
    """Reads the ledger when Prometheus asks."""

    def __init__(self, ledger: Ledger, group_commit: GroupCommit) -> None:
        self._ledger = ledger
        self._group_commit = group_commit

    def collect(self) -> Iterator[Metric]:
        """Write the sums since the server started."""
        counts = self._ledger.since_start()
        for field, text in _SUMS.items():
            family = CounterMetricFamily(f"trilha_ingest_{field}", text, labels=_LABELS)
            for count in counts:
                family.add_metric(_labels(count), getattr(count, field))
            yield family
        yield GaugeMetricFamily(
            "trilha_ingest_pending_bytes", "Bytes of requests not answered yet", self._group_commit.pending_bytes
        )


def metrics_route(ledger: Ledger, group_commit: GroupCommit) -> RawRoute:
    """Make the route of the figures."""
    registry = CollectorRegistry()
    registry.register(_IngestionCollector(ledger, group_commit))
    ProcessCollector(registry=registry)

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return RawRoute(method="GET", path="/metrics", permission=Permission.MANAGE, handle=metrics)


def _labels(count: IngestionCount) -> list[str]:
    experiment_id = "" if count.experiment_id is None else str(count.experiment_id)
    return [experiment_id, count.client, count.protocol, count.outcome, count.reason]
