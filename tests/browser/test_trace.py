"""The page of a trace: its outline, its timeline, its table, and the way through them."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Data, NewPage
from tests.support.otlp import ERROR, OK, START_NS, a_request, a_span, mlflow_id, new_trace_id, post_spans

SECOND_NS = 1_000_000_000
MANY = 10_000
MAX_DRAWN_MS = 500
MAX_TASK_MS = 50
ROWS = "[role=treeitem][id^=span-]"
SELECTED = f"{ROWS}[aria-selected=true]"


@pytest.fixture(scope="module")
def data(demo: Data) -> Iterator[Data]:
    """An experiment of our own on the server with the demo."""
    made = httpx.post(f"{demo.url}/api/v1/experiments", json={"name": "/Shared/trace page"})
    yield Data(demo.server, made.json()["experiment_id"])
    httpx.post(
        f"{demo.url}/api/2.0/mlflow/experiments/delete", json={"experiment_id": made.json()["experiment_id"]}
    ).raise_for_status()


@pytest.fixture(scope="module")
def small(data: Data) -> str:
    """A trace: an agent that plans with a model, and acts with a tool that fails and one that does not."""
    trace = new_trace_id()
    _send(
        data,
        _span(trace, 1, "run", "AGENT", 0, 10_000, inputs={"question": "where is it"}),
        _span(trace, 2, "plan", "CHAIN", 100, 3_000, parent=1),
        _span(trace, 3, "ask", "LLM", 200, 2_000, parent=2, cost_usd=0.25),
        _span(trace, 4, "act", "CHAIN", 4_000, 5_000, parent=1),
        _span(trace, 5, "look up", "TOOL", 4_100, 500, parent=4, status=ERROR),
        _span(trace, 6, "send", "TOOL", 5_000, 3_500, parent=4, inputs={"to": "the zebra in aisle 4"}),
    )
    return mlflow_id(trace)


@pytest.fixture(scope="module")
def large(data: Data) -> str:
    """A trace of ten thousand spans, ten levels deep, with a needle in one of them."""
    trace = new_trace_id()
    _send(
        data,
        *(
            _span(
                trace,
                number,
                f"step {number}",
                ("AGENT", "CHAIN", "LLM", "TOOL")[number % 4],
                number,
                MANY if number == 1 else 40,
                parent=0 if number == 1 else max(1, number // 3),
                inputs={"text": "needle" if number == MANY - 7 else f"hay {number}"},
            )
            for number in range(1, MANY + 1)
        ),
    )
    return mlflow_id(trace)


def test_a_trace_of_10_000_spans_is_drawn_at_once(page: Page, data: Data, large: str) -> None:
    def draw() -> None:
        page.goto(_address(data, large, "tab=timeline"))
        expect(page.locator("[data-completeness]")).to_have_text("10,000 spans")
        expect(page.locator(ROWS).first).to_be_visible()

    draw()  # the first time the scripts are fetched and compiled

    work_ms = [sum(_tasks_ms(page, draw)) for _ in range(3)]

    assert min(work_ms) <= MAX_DRAWN_MS, work_ms


@pytest.mark.parametrize("tab", ["timeline", "table"])
def test_10_000_spans_scroll_without_long_tasks(page: Page, data: Data, large: str, tab: str) -> None:
    page.goto(_address(data, large, f"tab={tab}"))
    expect(page.locator("[data-completeness]")).to_have_text("10,000 spans")
    page.wait_for_load_state("networkidle")
    rows = page.get_by_role("tree" if tab == "timeline" else "grid", name=re.compile("Spans of the trace|Table"))
    expect(rows.get_by_text("step 1", exact=True)).to_be_visible()
    rows.hover(position={"x": 60, "y": 200})

    tasks_ms = _tasks_ms(page, lambda: _turn_the_wheel(page))

    assert tasks_ms
    assert max(tasks_ms) <= MAX_TASK_MS, sorted(tasks_ms)[-5:]
    expect(rows.get_by_text("step 1", exact=True)).to_have_count(0)


def test_the_end_of_a_large_trace_is_reached_and_found_again(page: Page, data: Data, large: str) -> None:
    page.goto(_address(data, large, f"tab=timeline&span={_id(MANY)}"))

    expect(page.locator(SELECTED)).to_contain_text(f"step {MANY}")
    expect(page.locator(SELECTED)).to_be_in_viewport()


def test_the_keyboard_walks_the_outline(page: Page, data: Data, small: str) -> None:
    page.goto(_address(data, small, "tab=timeline"))
    expect(page.locator(ROWS)).to_have_count(6)

    walk = {
        "j": "run",
        "ArrowDown": "plan",
        "Shift+!": "look up",
        "p": "act",
        ".": "send",
        "k": "look up",
        "Shift+$": "ask",
        "ArrowLeft": "plan",
    }
    for key, name in walk.items():
        page.keyboard.press(key)
        expect(_name(page.locator(SELECTED))).to_have_text(name)
    page.keyboard.press("ArrowLeft")
    expect(page.locator(ROWS)).to_have_count(5)
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.locator(ROWS)).to_have_count(3)
    expect(page.get_by_text("1 error within")).to_be_visible()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(ROWS)).to_have_count(6)


def test_a_hidden_span_is_unfolded_when_a_key_leads_to_it(page: Page, data: Data, small: str) -> None:
    page.goto(_address(data, small, f"tab=timeline&span={_id(1)}"))
    expect(page.locator(ROWS)).to_have_count(6)
    page.keyboard.press("ArrowLeft")
    expect(page.locator(ROWS)).to_have_count(1)

    page.keyboard.press("Shift+!")

    expect(_name(page.locator(SELECTED))).to_have_text("look up")


def test_what_stands_in_a_payload_is_found(page: Page, data: Data, large: str) -> None:
    page.goto(_address(data, large, "tab=table"))
    expect(page.locator("[data-completeness]")).to_have_text("10,000 spans")

    page.keyboard.press("ControlOrMeta+f")
    page.keyboard.type("NEEDLE")
    expect(page.get_by_role("search").get_by_role("status")).to_have_text("1")
    page.keyboard.press("Enter")

    expect(page.locator(SELECTED)).to_contain_text(f"step {MANY - 7}")
    expect(page.get_by_role("search").get_by_role("status")).to_have_text("1 of 1")
    assert "find=NEEDLE" in page.url
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("[data-find]")).to_have_value("")


def test_a_link_to_a_span_survives_a_reload(page: Page, data: Data, small: str) -> None:
    page.goto(_address(data, small, "tab=table"))
    page.locator(ROWS).nth(4).click()
    page.keyboard.press("i")
    page.get_by_role("button", name="1 error").click()
    expect(page.locator(ROWS)).to_have_count(3)

    page.reload()

    expect(_name(page.locator(SELECTED))).to_have_text("look up")
    expect(page.get_by_role("tab", name="Timeline")).to_have_attribute("aria-selected", "true")
    expect(page.locator(ROWS)).to_have_count(3)
    expect(page.get_by_role("heading", name="look up")).to_be_visible()


def test_next_and_previous_walk_the_filtered_list(page: Page, data: Data) -> None:
    traces = [new_trace_id() for _ in range(4)]
    for number, trace in enumerate(traces):
        status = ERROR if number == 2 else OK
        _send(data, _span(trace, 1, "walked", "CHAIN", number * 1_000, 10, status=status))
    oldest, middle, _failed, newest = map(mlflow_id, traces)
    page.goto(_address(data, newest, "q=name = 'walked' AND status = 'OK'&t=all&tab=timeline"))
    expect(page.locator(ROWS)).to_have_count(1)
    expect(page.get_by_role("button", name="Previous trace of the list")).to_be_disabled()

    for key, trace in [("Shift+J", middle), ("Shift+J", oldest), ("Shift+K", middle)]:
        direction = "Next" if key == "Shift+J" else "Previous"
        expect(page.get_by_role("button", name=f"{direction} trace of the list")).to_be_enabled()
        page.keyboard.press(key)
        expect(page).to_have_url(re.compile(trace))
        expect(page.get_by_title(trace)).to_be_visible()
        expect(page.get_by_role("button", name="Previous trace of the list")).to_be_enabled()
    page.keyboard.press("Escape")

    expect(page).to_have_url(re.compile(r"/traces\?q=name"))


def test_a_trace_that_goes_on_keeps_what_was_chosen_and_folded(page: Page, data: Data) -> None:
    trace = new_trace_id()
    children = [_span(trace, number, f"step {number}", "CHAIN", number * 10, 5, parent=1) for number in range(3, 9)]
    below = [_span(trace, 20, "below", "TOOL", 41, 2, parent=4)]
    _send(data, *children, *below)
    page.goto(_address(data, mlflow_id(trace), "tab=timeline"))
    expect(page.locator("[data-completeness]")).to_contain_text("6 missing parents")
    expect(page.locator("[data-completeness]")).to_contain_text("still receiving")
    page.locator(ROWS).filter(has_text="step 4").click()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("below")).to_have_count(0)

    _send(data, _span(trace, 1, "root", "AGENT", 0, 100), _span(trace, 2, "early", "CHAIN", 1, 5, parent=1))

    expect(page.locator("[data-completeness]")).to_have_text("9 spans")
    expect(page.locator(ROWS)).to_have_count(8)
    expect(_name(page.locator(SELECTED))).to_have_text("step 4")
    expect(page.locator(ROWS).filter(has_text="step 4")).to_have_attribute("aria-level", "2")


def test_a_trace_of_another_experiment_is_shown_where_it_is(page: Page, data: Data, small: str) -> None:
    page.goto(f"{data.url}/experiments/0/traces/{small}?tab=table&span={_id(3)}")

    expect(page.locator(SELECTED)).to_contain_text("ask")
    assert f"/experiments/{data.experiment_id}/traces/{small}?" in page.url


def test_a_trace_that_is_not_there_says_so(page: Page, data: Data, tolerated: list[str]) -> None:
    tolerated.append("status of 404")
    page.goto(_address(data, f"tr-{'0' * 31}1"))

    expect(page.get_by_role("heading", name="This trace is not here")).to_be_visible()
    page.get_by_role("link", name="Back to the list").click()
    expect(page).to_have_url(re.compile("/traces$"))


def test_what_is_read_stays_when_the_rest_fails(page: Page, data: Data, small: str, tolerated: list[str]) -> None:
    tolerated.append("status of 503")
    whole = httpx.get(f"{data.url}/api/v1/traces/{small}").json()
    first = {**whole, "spans": {key: column[:2] for key, column in whole["spans"].items()}, "next_offset": 2}
    rest = {**whole, "offset": 2, "spans": {key: column[2:] for key, column in whole["spans"].items()}}
    is_down = [True]

    def answer(route: Any) -> None:  # Any: playwright's route
        if "offset=0" in route.request.url:
            route.fulfill(json=first)
        elif is_down[0]:
            route.fulfill(status=503, json={"title": "Busy", "status": 503, "detail": "try later"})
        else:
            route.fulfill(json=rest)

    page.route(f"**/api/v1/traces/{small}?offset=*", answer)
    page.goto(_address(data, small, "tab=timeline"))
    expect(page.locator("[data-completeness]")).to_contain_text("6 spans, 2 loaded")
    expect(page.locator(ROWS)).to_have_count(2)

    is_down[0] = False
    page.locator("[data-completeness]").get_by_role("button", name="Try again").click()

    expect(page.locator(ROWS)).to_have_count(6)


def test_tags_are_edited(page: Page, data: Data, small: str) -> None:
    page.goto(_address(data, small, "tab=timeline"))
    page.get_by_role("button", name="Edit tags").click()
    page.get_by_role("button", name="Add a tag").click()
    page.get_by_label("Key").last.fill("team")
    page.get_by_label("Value of team").fill("core & more")
    page.get_by_role("button", name="Save").click()

    link = page.get_by_role("link", name="team: core & more")
    expect(link).to_be_visible()
    assert httpx.get(f"{data.url}/api/v1/traces/{small}").json()["trace"]["tags"]["team"] == "core & more"
    link.click()
    expect(page).to_have_url(re.compile(r"/traces\?q=tags\.team"))


def test_a_statistic_leads_to_its_spans(page: Page, data: Data, small: str) -> None:
    page.goto(_address(data, small, "tab=table"))
    page.get_by_role("button", name="By type").click()
    tools = page.get_by_role("row").filter(has_text="Tool")
    expect(tools).to_contain_text("4.00 s")

    tools.get_by_role("link").click()

    grid = page.get_by_role("grid")
    expect(grid.get_by_text("look up")).to_be_visible()
    expect(page.get_by_role("tabpanel").get_by_text("2 of 6 spans")).to_be_visible()


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("tab", ["timeline", "table"])
def test_the_page_hinders_nobody(new_page: NewPage, data: Data, small: str, color_scheme: str, tab: str) -> None:
    page = new_page(color_scheme=color_scheme)
    page.goto(_address(data, small, f"tab={tab}&span={_id(5)}"))
    expect(page.locator(SELECTED)).to_be_visible()
    page.wait_for_load_state("networkidle")

    assert violations(page) == []


def _id(number: int) -> str:
    return f"{number:016x}"


def _span(
    trace: bytes,
    number: int,
    name: str,
    span_type: str,
    start_ms: int,
    duration_ms: int,
    *,
    parent: int = 0,
    status: Any = OK,
    inputs: Any = None,  # Any: JSON
    cost_usd: float | None = None,
) -> Span:
    attributes = {"mlflow.spanType": json.dumps(span_type)}
    if inputs is not None:
        attributes["mlflow.spanInputs"] = json.dumps(inputs)
    if cost_usd is not None:
        cost = {"input_cost": cost_usd, "output_cost": 0.0, "total_cost": cost_usd}
        attributes["mlflow.llm.cost"] = json.dumps(cost)
    return a_span(
        trace,
        name=name,
        span_id=bytes.fromhex(_id(number)),
        parent_id=bytes.fromhex(_id(parent)) if parent else b"",
        attributes=attributes,
        status=status,
        start_ns=START_NS + start_ms * SECOND_NS // 1000,
        duration_ns=duration_ms * SECOND_NS // 1000,
    )


def _send(data: Data, *spans: Span) -> None:
    answer = post_spans(data.url, a_request(*spans), {"x-mlflow-experiment-id": data.experiment_id})
    assert answer.status_code == 200, answer.text


def _address(data: Data, trace_id: str, view: str = "") -> str:
    return f"{data.url}/experiments/{data.experiment_id}/traces/{trace_id}?{view}"


def _name(row: Locator) -> Locator:
    return row.locator("[title]").filter(has_text=re.compile(".")).first


def _turn_the_wheel(page: Page) -> None:
    for _ in range(30):
        page.mouse.wheel(0, 400)
        page.wait_for_timeout(20)


def _tasks_ms(page: Page, act: Callable[[], None]) -> list[float]:
    """List the processor time of each task of the page's main thread: others work on this machine too."""
    debugger: Any = page.context.new_cdp_session(page)  # Any: playwright's session
    events: list[dict[str, Any]] = []  # Any: a trace's events
    ended: list[bool] = []

    def collect(news: Any) -> None:  # Any: JSON
        events.extend(news["value"])

    def end(_news: Any) -> None:  # Any: JSON
        ended.append(True)

    debugger.on("Tracing.dataCollected", collect)
    debugger.on("Tracing.tracingComplete", end)
    categories = ["devtools.timeline", "disabled-by-default-devtools.timeline", "__metadata"]
    debugger.send("Tracing.start", {"transferMode": "ReportEvents", "traceConfig": {"includedCategories": categories}})
    act()
    debugger.send("Tracing.end")
    while not ended:
        page.wait_for_timeout(20)
    main = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    return [
        event.get("tdur", 0) / 1000
        for event in events
        if event["name"] == "RunTask" and (event["pid"], event["tid"]) in main
    ]
