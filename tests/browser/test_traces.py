"""The list of traces: ordered, arranged, grouped, followed, changed and taken away."""

import json
import re
import secrets
import time
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Data

ROWS = "[role=grid] [data-row]"


def test_a_click_on_a_header_orders_all_traces_not_only_the_loaded_ones(page: Page, demo: Data) -> None:
    wanted = _search(demo, order_by=["duration DESC"], max_results=1)[0]["trace_id"]
    _open(page, demo)

    page.get_by_role("button", name="Duration").click()

    expect(page.locator(ROWS).first).to_have_attribute("data-row", wanted)
    expect(page.get_by_role("columnheader", name="Duration")).to_have_attribute("aria-sort", "descending")
    assert "sort=-duration" in page.url


def test_columns_stay_as_they_were_chosen_moved_and_sized(page: Page, demo: Data) -> None:
    _open(page, demo)
    page.keyboard.press("Shift+C")
    page.get_by_role("checkbox", name="User").uncheck()
    page.get_by_label("Add a column").fill("tags.language")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Move language up").click()
    page.keyboard.press("Escape")
    page.get_by_role("separator", name="Width of Name").focus()
    page.keyboard.press("ArrowRight")
    before = _headers(page)

    page.reload()

    expect(page.locator(ROWS).first).to_be_visible()
    assert _headers(page) == before
    assert [name for name, _ in before][-2:] == ["language", "Cost"]
    expect(page.locator("[data-column='tags.language']").first).to_have_text(re.compile("^(en|es|pt|zh|de|fr|ja)$"))


def test_a_number_of_a_group_opens_the_traces_that_it_counts(page: Page, demo: Data) -> None:
    _open(page, demo, "&group=version&sort=-errors")
    group = page.locator(ROWS).first
    version = group.locator("[data-column=group]").inner_text()
    errors = group.locator("[data-column=errors] a")
    expected = int(errors.inner_text())
    assert expected == len(_search(demo, filter=f"version = '{version}' AND status = 'ERROR'"))

    errors.click()

    expect(page.get_by_role("main").get_by_text(f"{expected} traces", exact=True)).to_be_visible()
    expect(page.locator(ROWS)).to_have_count(expected)


def test_a_group_opens_to_its_newest_traces(page: Page, demo: Data) -> None:
    _open(page, demo, "&group=tags.language")
    language = page.locator(f"{ROWS} [data-column=group]").first.inner_text()
    newest = _search(demo, filter=f"tags.language = '{language}'", max_results=1)[0]["trace_id"]

    page.get_by_role("button", name=f"Show the traces of {language}").click()

    expect(page.locator(ROWS).nth(1)).to_have_attribute("data-row", re.compile(newest))


def test_a_value_in_a_cell_narrows_the_list(page: Page, demo: Data) -> None:
    _open(page, demo)
    cell = page.locator("[data-column=user]").first
    user = cell.inner_text()

    cell.click(button="right")
    page.get_by_role("menuitem", name=f"Only {user}").click()

    expect(page.locator(ROWS)).to_have_count(len(_search(demo, filter=f"user = '{user}'")))
    assert set(page.locator("[data-column=user]").all_inner_texts()) == {user}


def test_the_keyboard_walks_looks_and_opens(page: Page, demo: Data) -> None:
    newest = [trace["trace_id"] for trace in _search(demo, max_results=3)]
    _open(page, demo)

    for key in ["j", "j", "Space"]:
        page.keyboard.press(key)
    expect(page.get_by_role("complementary").get_by_text(newest[1])).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_role("complementary").get_by_text(newest[2])).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(f"/traces/{newest[2]}"))
    page.go_back()
    expect(page.locator(ROWS).first).to_be_visible()


def test_a_row_is_a_link(page: Page, demo: Data) -> None:
    _open(page, demo)

    with page.context.expect_page() as opened:
        page.locator(ROWS).nth(1).click(button="middle", position={"x": 420, "y": 12})  # far from its text

    assert (page.locator(ROWS).nth(1).get_attribute("data-row") or "no row") in opened.value.url


def test_rows_do_not_move_under_the_pointer_while_traces_arrive(new_server: Callable[[], Data], page: Page) -> None:
    data = new_server()
    old = [_send(data, name=f"old {number}") for number in range(3)]
    page.goto(f"{data.url}/experiments/0/traces?live=1&cols=name,tags.team,status")
    expect(page.get_by_role("button", name="Connected")).to_be_visible()
    page.locator(ROWS).first.hover()

    new = _send(data, name="new")
    _tag(data, old[0], "team", "core")

    expect(page.get_by_role("button", name="1 new")).to_be_visible()
    expect(_row(page, old[0]).locator("[data-column='tags.team']")).to_have_text("core")
    assert _shown(page) == old[::-1]
    page.mouse.move(5, 5)
    expect(page.locator(ROWS).first).to_have_attribute("data-row", new)
    assert _shown(page) == [new, *old[::-1]]


def test_a_filter_holds_for_what_arrives(new_server: Callable[[], Data], page: Page) -> None:
    data = new_server()
    _send(data, name="wanted")
    page.goto(f"{data.url}/experiments/0/traces?live=1&q=name+=+'wanted'")
    expect(page.get_by_role("button", name="Connected")).to_be_visible()

    _send(data, name="other")
    wanted = _send(data, name="wanted")

    expect(page.locator(ROWS).first).to_have_attribute("data-row", wanted)
    expect(page.locator(ROWS)).to_have_count(2)


def test_all_that_match_are_tagged_also_those_not_in_sight(page: Page, demo: Data) -> None:
    everything = len(_search(demo))
    tag = f"tried-{secrets.token_hex(4)}"
    _open(page, demo)
    try:
        page.get_by_role("checkbox", name="Select", exact=True).nth(0).check()
        page.get_by_role("button", name="Select all that match").click()
        _change_tag(page, tag, "Set the tag", "yes")

        assert len(_search(demo, filter=f"tags.`{tag}` = 'yes'")) == everything
    finally:
        _change_tag(page, tag, "Delete the tag")
        assert _search(demo, filter=f"tags.`{tag}` IS NOT NULL") == []


def test_only_the_selected_traces_are_deleted(new_server: Callable[[], Data], page: Page) -> None:
    data = new_server()
    sent = [_send(data, name=f"trace {number}") for number in range(5)]
    page.goto(f"{data.url}/experiments/0/traces")
    _row(page, sent[1]).get_by_role("checkbox").check()
    _row(page, sent[3]).get_by_role("checkbox").click(modifiers=["Shift"])

    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete 3 traces?")
    dialog.get_by_role("button", name="Delete").click()

    expect(page.locator(ROWS)).to_have_count(2)
    assert _shown(page) == [sent[4], sent[0]]
    assert [trace["trace_id"] for trace in _search(data)] == [sent[4], sent[0]]


def test_an_export_has_all_that_match(page: Page, demo: Data) -> None:
    _open(page, demo, "&q=status+=+'ERROR'")
    page.get_by_role("button", name="Export").click()

    with page.expect_download() as download:
        page.get_by_role("link", name="JSON lines", exact=True).click()

    lines = download.value.path().read_text().splitlines()
    wanted = {trace["trace_id"] for trace in _search(demo, filter="status = 'ERROR'")}
    assert {json.loads(line)["trace_id"] for line in lines} == wanted


def test_an_experiment_without_traces_turns_into_the_list_when_one_arrives(
    new_server: Callable[[], Data], page: Page
) -> None:
    data = new_server()
    page.goto(f"{data.url}/experiments/0/traces")
    expect(page.get_by_role("tablist")).to_be_visible()
    page.wait_for_timeout(500)  # the page listens a moment after it is drawn

    sent = _send(data, name="first")

    expect(page.locator(ROWS).first).to_have_attribute("data-row", sent)


@pytest.mark.parametrize("more", ["&group=version", "&rows=2&cols=name,tags,assessments"])
def test_the_list_hinders_nobody(page: Page, demo: Data, more: str) -> None:
    _open(page, demo, more)

    assert violations(page) == []


def _open(page: Page, data: Data, more: str = "") -> None:
    page.goto(f"{data.url}/experiments/{data.experiment_id}/traces?t=all{more}")
    expect(page.locator(ROWS).first).to_be_visible(timeout=15_000)


def _row(page: Page, trace_id: str) -> Locator:
    return page.locator(f"[data-row='{trace_id}']")


def _shown(page: Page) -> list[str]:
    """The ids of the rows from top to bottom, wherever they stand in the document."""
    return page.locator(ROWS).evaluate_all(
        "rows => rows.map(row => [row.getBoundingClientRect().top, row.dataset.row])"
        ".sort((a, b) => a[0] - b[0]).map(([, id]) => id)"
    )


def _headers(page: Page) -> list[tuple[str, int]]:
    return [
        (header.inner_text(), round((header.bounding_box() or {"width": 0})["width"]))
        for header in page.get_by_role("grid").get_by_role("columnheader").all()
        if header.inner_text()
    ]


def _change_tag(page: Page, key: str, button: str, value: str = "") -> None:
    page.get_by_role("button", name="Tag", exact=True).click()
    page.get_by_label("Key", exact=True).fill(key)
    page.get_by_label("Value", exact=True).fill(value)
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=60_000)  # a request for each trace


def _search(data: Data, **asked: object) -> list[dict[str, str]]:
    body = {"experiment_ids": [data.experiment_id], "max_results": 500, **asked}
    answer = httpx.post(f"{data.url}/api/v1/traces/search", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["traces"]


def _tag(data: Data, trace_id: str, key: str, value: str) -> None:
    httpx.patch(f"{data.url}/api/v1/traces/{trace_id}/tags", json={"tags": {key: value}}).raise_for_status()


def _send(data: Data, *, name: str) -> str:
    """Send a trace of one span that begins now."""
    trace_id = secrets.token_hex(16)
    start_ns = time.time_ns()
    span = {
        "traceId": trace_id,
        "spanId": secrets.token_hex(8),
        "name": name,
        "startTimeUnixNano": str(start_ns),
        "endTimeUnixNano": str(start_ns + 5_000_000),
    }
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    httpx.post(
        f"{data.url}/v1/traces", json=body, headers={"x-mlflow-experiment-id": data.experiment_id}
    ).raise_for_status()
    time.sleep(0.002)  # two traces of one millisecond have no order that a test could name
    return f"tr-{trace_id}"
