"""Monitoring and ingestion: every number leads to its traces, and nothing that was refused goes unseen."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Data

BOARDS = ("requests", "feedback", "errors", "behaviour", "latency", "cost")
TRAFFIC = "How is it used?"
HOUR_MS = 3_600_000
DRAWN_MS = 30_000
"""A board asks the server a dozen things; a machine that is busy needs a while for that."""


def opened(page: Page, data: Data, address: str = "?t=7d") -> Locator:
    """Open monitoring and give its chart of traces once it is drawn."""
    page.goto(f"{data.url}/experiments/{data.experiment_id}/monitoring{address}")
    chart = page.get_by_role("slider", name=TRAFFIC)
    expect(chart.locator("canvas")).to_be_visible(timeout=DRAWN_MS)
    expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=DRAWN_MS)
    return chart


def counts(chart: Locator) -> tuple[int, int]:
    """Read the step at the cursor: errors, and traces without."""
    found = re.search(r"Errors ([\d,]+), Without error ([\d,]+)", chart.get_attribute("aria-valuetext") or "")
    return (0, 0) if found is None else (int(found[1].replace(",", "")), int(found[2].replace(",", "")))


def plot(chart: Locator) -> FloatRect:
    """Where the bars are drawn."""
    box = chart.locator(".u-over").bounding_box()
    assert box is not None
    return box


def steps(page: Page, chart: Locator) -> Iterator[tuple[float, int, int]]:
    """Move the pointer along the foot of the bars; tell each place, its errors, and its traces without."""
    box = plot(chart)
    foot = box["y"] + box["height"] - 3
    for px in range(2, int(box["width"]), 4):
        page.mouse.move(box["x"] + px, foot)
        yield (box["x"] + px, *counts(chart))


def step_at(page: Page, chart: Locator, fits: Callable[[int, int], bool]) -> float:
    """Move the pointer until a step fits; give its place."""
    return next(x for x, errors, fine in steps(page, chart) if fits(errors, fine))


def wanted(page: Page, data: Data) -> list[dict[str, Any]]:
    """Ask the server for the traces of the address that is shown."""
    address = {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}
    start, end = address["t"].split("..")
    condition = f"timestamp >= {start} AND timestamp < {end}"
    filter_ = f"({address['q']}) AND {condition}" if "q" in address else condition
    answer = httpx.post(
        f"{data.url}/api/v1/traces/search",
        json={"experiment_ids": [data.experiment_id], "filter": filter_, "max_results": 500},
    )
    return answer.raise_for_status().json()["traces"]


def test_a_click_on_a_bar_opens_exactly_its_traces(page: Page, demo: Data) -> None:
    chart = opened(page, demo)
    x = step_at(page, chart, lambda errors, fine: errors == 0 and 1 < fine < 15)
    _, fine = counts(chart)

    page.mouse.click(x, plot(chart)["y"] + plot(chart)["height"] - 3)

    page.wait_for_url(re.compile(r"/traces\?.*t=\d+\.\.\d+"))
    assert len(wanted(page, demo)) == fine
    expect(page.get_by_role("grid").first.get_by_role("row")).to_have_count(fine + 1)  # and the head


def test_a_click_on_the_errors_of_a_bar_opens_the_errors_alone(page: Page, demo: Data) -> None:
    chart = opened(page, demo)
    most = max(errors for _, errors, _ in steps(page, chart))
    x = step_at(page, chart, lambda errors, _: errors == most > 0)
    errors, _ = counts(chart)

    page.mouse.click(x, plot(chart)["y"] + plot(chart)["height"] - 3)

    page.wait_for_url(re.compile(r"/traces\?.*q="))
    found = wanted(page, demo)
    assert [trace["state"] for trace in found] == ["ERROR"] * errors


def test_dragging_zooms_by_whole_steps_and_back_undoes_it(page: Page, demo: Data) -> None:
    chart = opened(page, demo)
    box = plot(chart)
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 42, steps=3)
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 40, steps=3)
    page.mouse.up()

    page.wait_for_url(re.compile(r"/monitoring\?t=\d+\.\.\d+"))
    start_ms, end_ms = (int(part) for part in parse_qs(urlsplit(page.url).query)["t"][0].split(".."))
    assert (start_ms % HOUR_MS, end_ms % HOUR_MS) == (0, 0)
    assert 86_400_000 < end_ms - start_ms < 2 * 86_400_000  # a fifth of seven days, in whole steps
    page.go_back()
    expect(page).to_have_url(re.compile(r"t=7d$"))


def test_the_keyboard_reads_a_chart_and_opens_a_step(page: Page, demo: Data) -> None:
    chart = opened(page, demo)
    chart.focus()
    for _ in range(80):
        if counts(chart)[0] > 0:
            break
        page.keyboard.press("ArrowLeft")
    errors, _ = counts(chart)
    assert errors > 0

    page.keyboard.press("Enter")

    page.wait_for_url(re.compile(r"/traces\?"))
    assert [trace["state"] for trace in wanted(page, demo)] == ["ERROR"] * errors


def test_the_keyboard_zooms_to_what_it_has_chosen(page: Page, demo: Data) -> None:
    chart = opened(page, demo)
    chart.focus()
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")

    page.wait_for_url(re.compile(r"/monitoring\?t=\d+\.\.\d+"))


def test_a_chart_is_a_table_too(page: Page, demo: Data) -> None:
    opened(page, demo)
    table = page.get_by_role("table", name=TRAFFIC)

    rows = [[int(cell.inner_text()) for cell in row.locator("td").all()] for row in table.locator("tbody tr").all()]
    body = {"experiment_ids": [demo.experiment_id]}
    total = httpx.post(f"{demo.url}/api/v1/figures/traces", json=body).json()["rows"][0]
    assert sum(errors for errors, _ in rows) == total["errors"]
    assert sum(errors + fine for errors, fine in rows) == total["traces"]


def test_the_time_before_stands_beside_now(page: Page, demo: Data) -> None:
    end_ms = int(time.time()) // 3600 * HOUR_MS
    start_ms, start_before_ms = end_ms - 48 * HOUR_MS, end_ms - 96 * HOUR_MS
    body = {"experiment_ids": [demo.experiment_id], "start_ms": start_before_ms, "end_ms": start_ms}
    before = httpx.post(f"{demo.url}/api/v1/figures/traces", json=body).json()["rows"][0]["traces"]
    assert before > 0

    opened(page, demo, f"?t={start_ms}..{end_ms}")
    page.get_by_label("Compare with the time before").check()

    traffic = page.get_by_role("table", name=TRAFFIC)
    expect(traffic.get_by_role("columnheader", name="Traces, before")).to_have_count(1, timeout=DRAWN_MS)
    lines = [row.locator("td").last.inner_text() for row in traffic.locator("tbody tr").all()]
    assert sum(int(line) for line in lines) == before
    traces = page.get_by_role("list", name="In numbers").get_by_role("link").first
    expect(traces).to_contain_text(re.compile(rf"; {before} in the time before|As in the time before: {before}"))
    assert "before=1" in page.url


def test_a_part_of_the_time_is_compared_with_the_rest(page: Page, demo: Data) -> None:
    versions = httpx.post(
        f"{demo.url}/api/v1/traces/search",
        json={"experiment_ids": [demo.experiment_id], "filter": "tags.app_version = '1.1.0'", "max_results": 500},
    ).json()["traces"]
    times = [trace["request_time_ms"] for trace in versions]
    opened(page, demo, f"?t=7d&differs={min(times)}..{max(times) + 1}")

    panel = page.get_by_role("region", name=re.compile("What is different in"))
    expect(panel.get_by_role("cell", name="1.1.0", exact=True).first).to_be_visible()
    panel.get_by_role("link", name="Without 1.1.0").first.click()

    expect(page).to_have_url(re.compile(r"q=NOT"))


def test_shift_and_dragging_choose_a_part_of_the_time(page: Page, demo: Data) -> None:
    chart = opened(page, demo)
    box = plot(chart)
    page.keyboard.down("Shift")
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 42, steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")

    expect(page.get_by_role("region", name=re.compile("What is different in"))).to_be_visible()
    assert "differs=" in page.url
    page.get_by_role("button", name="No longer compare").click()
    expect(page.get_by_role("region", name=re.compile("What is different in"))).to_have_count(0)


@pytest.mark.parametrize("board", BOARDS)
def test_a_board_hinders_nobody(page: Page, demo: Data, board: str) -> None:
    page.goto(f"{demo.url}/experiments/{demo.experiment_id}/monitoring?t=7d&board={board}")
    expect(page.get_by_role("region").first).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=DRAWN_MS)

    assert violations(page) == []


def test_a_time_without_traces_says_when_there_were_some(page: Page, demo: Data) -> None:
    page.goto(f"{demo.url}/experiments/{demo.experiment_id}/monitoring?t=1000..2000")

    expect(page.get_by_text("The newest that fits began")).to_be_visible()
    page.get_by_role("button", name="All time").click()
    expect(page.get_by_role("slider", name=TRAFFIC)).to_be_visible()


def test_ingestion_shows_what_was_refused_and_why_and_follows_what_arrives(
    new_server: Callable[[], Data], page: Page
) -> None:
    data = new_server()
    page.goto(f"{data.url}/ingestion")
    expect(page.get_by_text("Nothing has arrived yet")).to_be_visible()

    send(data, "00" * 16)
    send(data, "5b8efff798038103d269b633813fc60c")

    refused = page.get_by_role("table", name="What was refused, and why")
    expect(refused).to_contain_text("Spans without a valid trace id")
    expect(refused).to_contain_text("shop/2.1")
    kept = page.get_by_role("table", name="What was kept").locator("tbody tr")
    expect(kept).to_contain_text("shop/2.1")
    assert violations(page) == []
    kept.get_by_role("link").click()
    page.wait_for_url(re.compile(r"/experiments/\d+/traces\?t=all"))


def send(data: Data, trace_id: str) -> None:
    """Send a span by OpenTelemetry's JSON."""
    start_ns = time.time_ns()
    span = {
        "traceId": trace_id,
        "spanId": "eee19b7ec3c1b174",
        "name": "checkout",
        "startTimeUnixNano": str(start_ns),
        "endTimeUnixNano": str(start_ns + 1_000_000),
    }
    answer = httpx.post(
        f"{data.url}/v1/traces",
        json={"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]},
        headers={"user-agent": "shop/2.1"},
    )
    assert answer.status_code == 200
