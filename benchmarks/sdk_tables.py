"""The figures of the SDKs as Markdown tables."""

from collections.abc import Callable, Iterator, Sequence

from benchmarks.results import median
from benchmarks.sdk import Exit, SdkFigures
from benchmarks.tables import figure, table
from benchmarks.targets import Target


def sdk_tables(measured: Sequence[SdkFigures]) -> str:
    """Show what each SDK costs, median and least of the rounds, and what it loses."""
    costs: list[tuple[str, Callable[[SdkFigures], list[float]]]] = [
        ("root span, µs", lambda one: [call.root_us for call in one.calls]),
        ("child span, µs", lambda one: [call.child_us for call in one.calls]),
        ("trace of 10, µs", lambda one: [call.tree_us for call in one.calls]),
        ("100 kB argument, µs", lambda one: [call.large_us for call in one.calls]),
        ("CPU a trace of 10, µs", lambda one: [cpu.cpu_us for cpu in one.cpus]),
        ("import and set-up, CPU ms", lambda one: [imported.cpu_ms for imported in one.imports]),
        ("RSS after it, MB", lambda one: [imported.rss_mb for imported in one.imports]),
    ]
    rows = [[name, *(_median_and_least(values(one)) for one in measured)] for name, values in costs]
    rows.append(["trace of 10, p99, µs", *(_median_and_least([c.tree_p99_us for c in one.calls]) for one in measured)])
    rows.append(["distributions", *(str(one.distributions) for one in measured)])
    rows.append(["installed, MB", *(figure(one.size_mb) for one in measured)])
    cost_table = table(["median (least)", *(one.title for one in measured)], rows)
    return f"{cost_table}\n\n{_loss_table([one for one in measured if one.outage])}"


def _loss_table(measured: Sequence[SdkFigures]) -> str:
    rows: list[list[str]] = []
    for one in measured:
        assert one.outage is not None
        outage = one.outage
        rows.append(
            [
                one.title,
                f"{outage.made - outage.received:,} of {outage.made:,}",
                f"{figure(outage.longest_ms)} ({outage.over_50_ms})",
                figure(outage.exit_s),
                *(_exit_text(_exit_of(one, kind)) for kind in ("refuses", "hangs")),
                f"{sum(kill.made - kill.received for kill in one.kills)} of {sum(kill.made for kill in one.kills):,}",
            ]
        )
    outage_s = max((one.outage.seconds for one in measured if one.outage), default=0)
    head = [
        "",
        f"outage of {outage_s:.0f} s at 40/s: traces lost",
        "longest call, ms (calls over 50)",
        "exit after it, s",
        "exit while the server refuses, s",
        "while it hangs, s",
        "kill -9 at 50/s: traces lost",
    ]
    return table(head, rows)


def sdk_target_table(measured: Sequence[SdkFigures]) -> str:
    """Show each target of our SDK beside what was measured."""
    ours = next((one for one in measured if one.sdk == "trilha"), None)
    rows = [target.row() for target in _targets(ours)] if ours else []
    return table(["Trilha's SDK", "target", "measured", "reached"], rows)


def _targets(ours: SdkFigures) -> Iterator[Target]:
    calls, outage = ours.calls, ours.outage
    yield Target("root span, small input and output, p50", 8, "µs", median(call.root_us for call in calls))
    yield Target("child span, p50", 4, "µs", median(call.child_us for call in calls))
    yield Target("trace of 10 spans, p50", 60, "µs", median(call.tree_us for call in calls))
    yield Target("100 kB string argument, p50", 10, "µs", median(call.large_us for call in calls))
    yield Target("CPU of the process, a trace of 10 spans and 4 kB", 250, "µs", median(cpu.cpu_us for cpu in ours.cpus))
    yield Target("import, CPU", 80, "ms", median(one.cpu_ms for one in ours.imports))
    yield Target("memory after it", 20, "MB", median(one.rss_mb for one in ours.imports))
    yield Target("installed distributions", 8, "", float(ours.distributions))
    yield Target("installed size", 8, "MB", ours.size_mb)
    yield Target("traces lost in the outage", 0, "", float(outage.made - outage.received) if outage else None)
    yield Target("calls held up over 50 ms in it", 0, "", float(outage.over_50_ms) if outage else None)
    yield Target(
        "longest exit, the server refusing or hanging", 5, "s", max((e.seconds for e in ours.exits), default=None)
    )
    lost = float(sum(kill.made - kill.received for kill in ours.kills)) if ours.kills else None
    yield Target("traces lost to kill -9 with the spool", 0, "", lost)


def _median_and_least(values: list[float]) -> str:
    return f"{figure(median(values))} ({figure(min(values))})" if values else "-"


def _exit_of(measured: SdkFigures, kind: str) -> Exit | None:
    return next((one for one in measured.exits if one.kind == kind), None)


def _exit_text(measured: Exit | None) -> str:
    if measured is None:
        return "-"
    return f"> {measured.seconds:.0f}, killed" if measured.was_killed else figure(measured.seconds)
