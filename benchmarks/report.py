"""The report: all kept results as Markdown, printed and written into the README beside this module."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.aggregates import Aggregates
from benchmarks.ingest import Ingest
from benchmarks.kill import Kills
from benchmarks.results import Machine, load_all
from benchmarks.sdk import SDKS, SdkFigures
from benchmarks.sdk_tables import sdk_tables, sdk_target_table
from benchmarks.search import Search
from benchmarks.servers import MLFLOW_VERSION, PHOENIX_VERSION
from benchmarks.start import Starts
from benchmarks.tables import aggregates_tables, ingest_tables, kill_table, search_tables, start_table
from benchmarks.targets import target_table

README: Final = Path(__file__).parent / "README.md"
BEGIN: Final = "<!-- results: written by `python -m benchmarks report` -->"
END: Final = "<!-- end of results -->"
_ORDER: Final = ("trilha", "trilha-postgres", "mlflow", "mlflow-default", "phoenix", "floor")


def write_report(results: Path) -> str:
    """Return the report, after putting it between the marks in the README."""
    report = report_of(results)
    before, _, rest = README.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n\n{report}\n\n{END}{after}")
    return report


def report_of(results: Path) -> str:
    """Return all that is kept in this folder, as Markdown."""
    ingest, starts = load_all(results, "ingest", Ingest), load_all(results, "start", Starts)
    searches, kills = load_all(results, "search", Search), load_all(results, "kill", Kills)
    aggregates = load_all(results, "aggregates", Aggregates)
    sdks = load_all(results, "sdk", SdkFigures)
    machines = [machine for machine, _ in (*ingest, *starts, *searches, *kills, *aggregates, *sdks)]
    if not machines:
        return "Nothing has been measured yet."
    ingested = sorted((one for _, one in ingest), key=lambda one: _ORDER.index(one.server))
    started = sorted((one for _, one in starts), key=lambda one: _ORDER.index(one.server))
    searched = sorted((one for _, one in searches), key=lambda one: (_ORDER.index(one.server), one.traces))
    killed = sorted((one for _, one in kills), key=lambda one: _ORDER.index(one.server))
    order = [sdk.name for sdk in SDKS]
    clients = sorted((one for _, one in sdks), key=lambda one: order.index(one.sdk))
    sections = [
        ("The machine", _machine_text(machines)),
        ("What was to be reached", target_table(ingested, searched, started, killed, [one for _, one in aggregates])),
        ("Ingest", ingest_tables(ingested) if ingested else ""),
        ("Search", search_tables(searched) if searched else ""),
        ("Figures of many traces", aggregates_tables([one for _, one in aggregates]) if aggregates else ""),
        ("Start and idle", start_table(started) if started else ""),
        ("kill -9 under load", kill_table(killed) if killed else ""),
        ("SDKs: what was to be reached", sdk_target_table(clients) if clients else ""),
        ("SDKs", sdk_tables(clients) if clients else ""),
    ]
    return "\n\n".join(f"### {title}\n\n{text or 'Not measured.'}" for title, text in sections)


def _machine_text(machines: Sequence[Machine]) -> str:
    last = max(machines, key=lambda machine: machine.date)
    dates = sorted({machine.date for machine in machines})
    commits = ", ".join(sorted({machine.commit for machine in machines}))
    loads = [machine.load_average for machine in machines]
    facts = [
        f"{last.cores} cores of {last.cpu}, {last.memory_gb} GB, Linux {last.kernel}, Python {last.python}",
        f"measured {dates[0]} to {dates[-1]} UTC at commit {commits}",
        f"mlflow {MLFLOW_VERSION}, arize-phoenix {PHOENIX_VERSION}",
        f"load average at the end of the parts {min(loads)} to {max(loads)}: above {last.cores} something else ran too",
    ]
    return "\n".join(f"- {fact}" for fact in facts)
