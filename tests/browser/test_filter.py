"""Filtering: the text, the facets beside it, the time, saved views; all say the same."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.axe import violations
from tests.browser.conftest import TIMEOUT_MS, Data, NewPage


def _go(page: Page, data: Data, **view: str) -> None:
    page.goto(f"{data.url}/experiments/{data.experiment_id}/traces?{urlencode(view)}")


def _open(page: Page, data: Data, **view: str) -> None:
    _go(page, data, **view)
    expect(_facet(page, "State").get_by_role("checkbox").first).to_be_visible(timeout=TIMEOUT_MS)


def _field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Filter", exact=True)


def _focus(page: Page) -> None:
    """Turn to the bar by its key, and wait for the editor."""
    page.keyboard.press("/")
    expect(page.locator(".cm-content")).to_be_focused()


def _write(page: Page, text: str) -> None:
    """Put a text in the bar, as from the clipboard: nothing is offered."""
    _focus(page)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)


def _facet(page: Page, name: str) -> Locator:
    return page.get_by_role("complementary", name="Facets").get_by_role("region", name=name, exact=True)


def _expect_view(page: Page, **view: str) -> None:
    """Wait until the address says this."""
    page.wait_for_url(lambda url: {key: parse_qs(urlsplit(url).query).get(key) for key in view} == _listed(view))


def _listed(view: dict[str, str]) -> dict[str, list[str]]:
    return {key: [value] for key, value in view.items()}


def test_a_filter_is_written_from_what_is_offered(page: Page, demo: Data) -> None:
    _open(page, demo)
    _focus(page)
    offered = page.get_by_role("listbox")

    page.keyboard.type("sta")
    expect(offered.get_by_role("option").first).to_contain_text("status")
    page.keyboard.press("Enter")
    expect(offered).to_contain_text("is one of")
    page.keyboard.type("= ")
    expect(offered).to_contain_text("ERROR")
    page.keyboard.type("'ER")
    expect(offered.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(_field(page)).to_have_text("status = 'ERROR'")
    page.keyboard.press("Enter")

    _expect_view(page, q="status = 'ERROR'")
    expect(_facet(page, "State").get_by_role("checkbox", name="Error")).to_be_checked()


def test_what_is_typed_before_the_editor_is_there_is_kept(page: Page, demo: Data) -> None:
    _open(page, demo)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/Editor-*.js", hold)
    page.keyboard.press("/")
    page.keyboard.type("user = 'ana'")
    expect(page.locator("input[aria-label=Filter]")).to_have_value("user = 'ana'")
    for route in held:
        route.continue_()

    expect(page.locator(".cm-content")).to_have_text("user = 'ana'")
    expect(page.locator(".cm-content")).to_be_focused()


def test_an_error_is_shown_where_it_stands_and_nothing_is_applied(page: Page, demo: Data) -> None:
    _open(page, demo, q="status = 'OK'")
    _write(page, "status = OK AND user = 'ana'")

    expect(page.locator(".cm-lintRange-error")).to_have_text("OK")
    expect(page.get_by_text("put the value in quotes: 'OK'")).to_be_visible()
    page.keyboard.press("Enter")
    _expect_view(page, q="status = 'OK'")
    page.keyboard.press("Escape")
    expect(_field(page)).to_have_text("status = 'OK'")
    expect(page.locator(".cm-content")).not_to_be_focused()


def test_what_only_the_server_knows_to_be_wrong_is_shown_in_its_words(
    page: Page, demo: Data, tolerated: list[str]
) -> None:
    tolerated.append("status of 400")
    _open(page, demo)
    _write(page, "name = '😀' OR name RLIKE 'a('")
    page.keyboard.press("Enter")

    expect(page.get_by_role("status").get_by_text("the regular expression cannot be used")).to_be_visible()
    expect(page.locator(".cm-lintRange-error")).to_have_text("'a('")


def test_words_are_looked_for_and_an_id_is_opened(page: Page, demo: Data) -> None:
    _open(page, demo)
    _write(page, "refund it's")
    page.keyboard.press("Enter")
    _expect_view(page, q="trace.text ILIKE '%refund it''s%'")

    found = httpx.post(f"{demo.url}/api/v1/traces/search", json={"experiment_ids": [demo.experiment_id]}).json()
    trace_id = found["traces"][0]["trace_id"]
    _write(page, trace_id.removeprefix("tr-"))
    expect(page.get_by_role("option").first).to_be_visible()  # what is offered does not take the key
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"(/t/|/traces/){trace_id}"))


def test_facets_and_text_are_in_step(page: Page, demo: Data) -> None:
    _open(page, demo)
    state = _facet(page, "State")

    state.get_by_role("checkbox", name="Error").check()
    _expect_view(page, q="status = 'ERROR'")
    expect(state.get_by_role("checkbox", name="OK")).to_be_visible()
    state.get_by_role("checkbox", name="Running").check()
    _expect_view(page, q="status IN ('ERROR', 'IN_PROGRESS')")
    _write(page, "NOT status = 'OK' AND (user = 'a' OR duration > 0)")
    page.keyboard.press("Enter")
    expect(state.get_by_role("button", name="Not OK")).to_have_attribute("aria-pressed", "true")
    expect(state.get_by_role("checkbox", name="Error")).not_to_be_checked()
    expect(page.get_by_text("One condition of the filter can only be edited as text.")).to_be_visible()
    state.get_by_role("button", name="Clear").click()
    _expect_view(page, q="(user = 'a' OR duration > 0)")


def test_facets_of_spans_find_as_many_traces_as_they_count(page: Page, demo: Data) -> None:
    _open(page, demo)
    _facet(page, "Tool").get_by_role("checkbox", name="lookup_order").check()
    row = (
        _facet(page, "Model")
        .get_by_role("listitem")
        .filter(has=page.get_by_role("checkbox", name="gpt-4o", exact=True))
    )
    _expect_view(page, q="span.type = 'TOOL' AND span.name = 'lookup_order'")
    expect(page.get_by_role("complementary").get_by_role("status")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    counted = row.locator("span").last.inner_text()
    row.get_by_role("checkbox").check()

    q = "span.type = 'TOOL' AND span.name = 'lookup_order' AND NOT NOT span.model = 'gpt-4o'"
    _expect_view(page, q=q)
    assert _traces(demo, q) == int(counted) > 0


def _traces(data: Data, q: str) -> int:
    body = {"experiment_ids": [data.experiment_id], "filter": q}
    rows = httpx.post(f"{data.url}/api/v1/figures/traces", json=body).json()["rows"]
    return rows[0]["traces"] if rows else 0


def test_the_time_is_chosen_moved_and_entered(page: Page, demo: Data) -> None:
    _open(page, demo)
    page.keyboard.press("d")
    choice = page.get_by_role("dialog", name="Time")
    choice.get_by_role("button", name="Last 30 days").click()
    _expect_view(page, t="30d")

    page.get_by_role("button", name="Earlier by as much").click()
    expect(page).to_have_url(re.compile(r"t=\d+\.\.\d+"))
    earlier = page.url
    page.get_by_role("button", name="Later by as much").click()
    expect(page).not_to_have_url(earlier)
    page.keyboard.press("d")
    choice.get_by_label("From").fill("2026-03-01T10:00:00")
    choice.get_by_label("To").fill("2026-03-01T09:00:00")
    expect(choice.get_by_role("button", name="Apply")).to_be_disabled()
    choice.get_by_label("To").fill("2026-03-01T11:30:00")
    choice.get_by_role("button", name="Apply").click()
    _expect_view(page, t="1772359200000..1772364600000")
    expect(page.get_by_role("button", name=re.compile("1 Mar 10:00 . 11:30"))).to_be_visible()


def test_where_nothing_matches_there_is_a_way_out(page: Page, demo: Data) -> None:
    _go(page, demo, q="user = 'nobody' AND status = 'OK'")
    page.get_by_role("button", name="Drop user = 'nobody'").click()
    _expect_view(page, q="status = 'OK'")

    _go(page, demo, t="1000..2000")
    page.get_by_role("button", name=re.compile("^Last ")).click()
    expect(_facet(page, "State").get_by_role("checkbox").first).to_be_visible()


@pytest.fixture
def without_views(demo: Data) -> Iterator[None]:
    """Takes the views away that a test leaves."""
    yield
    for key in _view_tags(demo):
        body = {"experiment_id": demo.experiment_id, "key": key}
        httpx.post(f"{demo.url}/api/2.0/mlflow/experiments/delete-experiment-tag", json=body).raise_for_status()


def _view_tags(data: Data) -> dict[str, Any]:  # Any: JSON
    tags = httpx.get(f"{data.url}/api/v1/experiments/{data.experiment_id}").json()["tags"]
    return {key: value for key, value in tags.items() if key.startswith("trilha.view.")}


@pytest.mark.usefixtures("without_views")
def test_a_view_is_saved_for_all_opened_renamed_and_deleted(new_page: NewPage, demo: Data) -> None:
    page = new_page()
    _open(page, demo, q="status = 'ERROR'", sort="-duration", t="30d")
    page.get_by_role("button", name="Views").click()
    page.get_by_label("Name of the view").fill("Slow failures")
    page.keyboard.press("Enter")
    _expect_view(page, view="slow-failures")

    other = new_page()
    _open(other, demo)
    other.keyboard.press("Alt+1")
    _expect_view(other, q="status = 'ERROR'", sort="-duration", t="30d", view="slow-failures")
    other.get_by_role("button", name="Slow failures").click()
    views = other.get_by_role("dialog", name="Views")
    views.get_by_role("button", name="Rename Slow failures").click()
    views.get_by_label("Name of the view").first.fill("Slow and wrong")
    other.keyboard.press("Enter")
    expect(views.get_by_role("button", name="Slow and wrong").first).to_be_visible()
    views.get_by_role("button", name="Delete Slow and wrong").click()
    views.get_by_role("button", name="Delete", exact=True).click()
    expect(views.get_by_role("listitem")).to_have_count(5)
    assert _view_tags(demo) == {}


def test_keys_open_and_close_the_parts(page: Page, demo: Data) -> None:
    _open(page, demo)
    page.keyboard.press("f")
    expect(page.get_by_role("complementary", name="Facets")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("button", name="Show the facets")).to_be_visible()
    page.keyboard.press("f")
    expect(_facet(page, "State")).to_be_visible()
    page.keyboard.press("Alt+1")
    _expect_view(page, q="status = 'ERROR'", view="errors")


def test_the_filter_hinders_nobody(new_page: NewPage, demo: Data) -> None:
    page = new_page(color_scheme="dark")
    _open(page, demo, q="status = 'OK' AND duration > 5 AND NOT user = 'ana.souza'")
    assert violations(page, "aside") == []
    page.get_by_role("button", name="How to filter").click()
    assert violations(page, "[role=dialog]:popover-open") == []
    page.keyboard.press("Escape")
    _focus(page)
    page.keyboard.press("End")
    page.keyboard.type(" AND st")
    expect(page.get_by_role("listbox")).to_be_visible()
    # The arrow keys walk the list from within the field.
    assert violations(page, ignored=("scrollable-region-focusable",)) == []
