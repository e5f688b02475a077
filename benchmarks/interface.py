"""How soon the interface shows what is there: in Chromium, against a running server.

`python -m benchmarks.interface http://127.0.0.1:5000 <experiment id> [<trace id> …]` prints medians of seven
navigations.
"""

import statistics
import sys

from playwright.sync_api import Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
ROUNDS = 7
FILTER = "status = 'OK' AND duration > 1000"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync")
MARK = "trilha:rows"
ROWS = "[role=grid] [data-row]"
_MARKED = f"performance.getEntriesByName('{MARK}')[0]?.startTime"
_SCRIPTS = """performance.getEntriesByType('resource').filter((one) => one.name.endsWith('.js'))
    .reduce((sum, one) => sum + one.encodedBodySize, 0)"""
_LONG_TASKS = """new PerformanceObserver((list) =>
    (window.longTasks ??= []).push(...list.getEntries().map((one) => one.duration)))
    .observe({type: 'longtask', buffered: true})"""
_SCROLL = """async () => {
  const rows = document.querySelector('[role=grid]').parentElement;
  for (let step = 0; step < 200; step++) {
    rows.scrollTop += 150;
    await new Promise(requestAnimationFrame);
  }
}"""


def list_rows_ms(page: Page, address: str) -> float:
    """Time from the start of the navigation to rows in the page, with the files in the browser's cache."""
    page.goto(address, wait_until="commit")
    page.wait_for_selector(ROWS)
    return float(page.evaluate(_MARKED))


def trace_drawn_ms(page: Page, address: str) -> float:
    """Time from the start of the navigation to the frame after the first spans stand in the outline."""
    page.goto(address, wait_until="commit")
    page.wait_for_selector("[role=treeitem]")
    return float(page.evaluate("new Promise((done) => requestAnimationFrame(() => done(performance.now())))"))


def main(url: str, experiment_id: str, *trace_ids: str) -> None:
    """Measure a list, and traces."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(_LONG_TASKS)
        address = f"{url}/experiments/{experiment_id}/traces"
        page.goto(address)
        page.wait_for_load_state("networkidle")
        print(f"script of the first load: {page.evaluate(_SCRIPTS):,} bytes as sent")
        for name, where in [
            ("7 days", address),
            ("all time", f"{address}?t=all"),
            ("by a filter", f"{address}?t=all&q={FILTER}"),
        ]:
            taken: list[float] = []
            for _ in range(ROUNDS):
                taken.append(list_rows_ms(page, where))
                page.wait_for_load_state("networkidle")
            print(f"rows, {name}: {statistics.median(taken):.0f} ms, from {min(taken):.0f} to {max(taken):.0f}")
        page.evaluate("window.longTasks = []")
        page.evaluate(f"({_SCROLL})()")
        print("long tasks while scrolling:", page.evaluate("window.longTasks"))
        for trace_id in trace_ids:
            for tab in ("timeline", "messages"):
                taken = [trace_drawn_ms(page, f"{address}/{trace_id}?tab={tab}") for _ in range(ROUNDS)]
                print(
                    f"{trace_id}, {tab}: {statistics.median(taken):.0f} ms, from {min(taken):.0f} to {max(taken):.0f}"
                )
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
