"""The command: `python -m benchmarks [what] [--quick] [--servers …] [--traces …]`."""

import argparse

from benchmarks.aggregates import measure_aggregates
from benchmarks.ingest import measure_ingest
from benchmarks.kill import measure_kills
from benchmarks.report import report_of, write_report
from benchmarks.results import FOLDER, QUICK_FOLDER
from benchmarks.sdk import measure_sdks
from benchmarks.search import measure_searches
from benchmarks.servers import FLOOR, MLFLOW, MLFLOW_DEFAULT, PHOENIX, Server, trilha
from benchmarks.start import measure_starts

_MLFLOW_TRACES = 10_000
_PHOENIX_TRACES = 2_000


def main() -> None:
    options = _options()
    quick: bool = options.quick
    results = QUICK_FOLDER if quick else FOLDER
    servers = _servers(options.servers)
    if options.what not in ("report", "sdk"):
        for server in servers:
            server.install()
    if options.what in ("all", "start"):
        defaults = [MLFLOW_DEFAULT] if MLFLOW in servers and not quick else []
        measure_starts([*servers, *defaults], runs=1 if quick else options.rounds, results=results)
    if options.what in ("all", "ingest"):
        seconds, rounds = (2, 1) if quick else (options.seconds, options.rounds)
        measure_ingest(servers, seconds=seconds, rounds=rounds, results=results)
    if options.what in ("all", "search"):
        for server, traces in _sizes(servers, options.traces, quick=quick):
            measure_searches(server, traces, results=results)
    if options.what in ("all", "aggregates"):
        measure_aggregates(10_000 if quick else max(options.traces), options.postgres_url, results=results)
    if options.what in ("all", "kill"):
        kills, peer_kills = (3, 1) if quick else (options.kills, 3)
        measure_kills(_stores(servers, options.postgres_url), kills=kills, peer_kills=peer_kills, results=results)
    if options.what in ("all", "sdk"):
        measure_sdks(rounds=1 if quick else options.rounds, quick=quick, results=results)
    print(report_of(results) if quick else write_report(results))


def _stores(servers: list[Server], postgres_url: str | None) -> list[Server]:
    stores = [server for server in servers if server is not FLOOR]
    if postgres_url:
        stores.append(trilha("trilha-postgres", "Trilha on PostgreSQL", postgres_url))
    return stores


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure Trilha beside its peers.")
    parts = ("all", "start", "ingest", "search", "aggregates", "kill", "sdk", "report")
    parser.add_argument("what", nargs="?", default="all", choices=parts)
    parser.add_argument("--quick", action="store_true", help="a few minutes, to see that everything works")
    parser.add_argument("--servers", type=_names, default=["trilha", "mlflow", "phoenix", "floor"])
    parser.add_argument("--traces", type=_numbers, default=[10_000, 1_000_000], help="sizes of the store to search")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10, help="how long each cell of the ingest part takes")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--postgres-url", help="an empty database for Trilha on its other store: figures and kills")
    return parser.parse_args()


def _names(text: str) -> list[str]:
    return text.split(",")


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _servers(names: list[str]) -> list[Server]:
    known = {server.name: server for server in (trilha(), MLFLOW, PHOENIX, FLOOR)}
    if unknown := set(names) - set(known):
        raise SystemExit(f"unknown servers: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    return [known[name] for name in names]


def _sizes(servers: list[Server], traces: list[int], *, quick: bool) -> list[tuple[Server, int]]:
    """Return who is searched at which size: the peers only at what they take in within minutes."""
    sizes: list[tuple[Server, int]] = []
    for server in servers:
        if server.dialect == "phoenix":
            sizes.append((server, 200 if quick else _PHOENIX_TRACES))
        elif server.package:
            sizes.append((server, 1_000 if quick else _MLFLOW_TRACES))
        elif server is not FLOOR and server.dialect == "mlflow":
            sizes.extend((server, size) for size in ([1_000] if quick else traces))
    return sizes


if __name__ == "__main__":
    main()
