"""Conversations, the people who have them, and addresses that know neither experiment nor page."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DEMO, Data

Json = dict[str, Any]  # Any: JSON


@pytest.fixture(scope="module")
def client(demo: Data) -> Iterator[httpx.Client]:
    """The API that the pages ask as well."""
    with httpx.Client(base_url=demo.url) as client:
        yield client


@pytest.fixture(scope="module")
def conversation(client: httpx.Client, demo: Data) -> Json:
    """The session with the most turns, and its turns."""
    asked = {"experiment_ids": [demo.experiment_id], "order_by": "traces", "max_results": 1}
    session = client.post("/api/v1/sessions/search", json=asked).json()["sessions"][0]["session"]
    return client.get(f"/api/v1/sessions/{session}", params={"experiment_id": demo.experiment_id}).json()


def within(demo: Data, path: str) -> str:
    """Write the address of a page of the demo."""
    return f"{demo.url}/experiments/{demo.experiment_id}{path}"


def figure(page: Page, label: str) -> Locator:
    """Find the number that stands under a word."""
    return page.locator("dl > div").filter(has=page.get_by_text(label, exact=True)).locator("dd")


def test_a_session_is_read_in_order_and_opens_its_traces(page: Page, demo: Data, conversation: Json) -> None:
    name, turns = conversation["session"]["session"], conversation["turns"]
    page.goto(within(demo, "/sessions?t=all"))
    page.get_by_role("columnheader", name="Turns").get_by_role("button", name="Turns").click()
    expect(page).to_have_url(re.compile("sort=-traces"))
    page.get_by_role("gridcell", name=name).get_by_role("link").click()

    for number, turn in enumerate(turns, start=1):
        card = page.get_by_role("article", name=f"Turn {number}", exact=True)
        expect(card).to_contain_text(turn["request_preview"].split("\n")[0])
    expect(figure(page, "Turns")).to_have_text(str(len(turns)))
    expect(figure(page, "Tokens")).to_have_text(f"{conversation['session']['totals']['total_tokens']:,}")

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("article[aria-current=true]")).to_have_attribute("aria-posinset", "2")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/traces/{turns[1]['trace_id']}"))
    for keys, name, number in [("Shift+J", "Next", 2), ("Shift+K", "Previous", 1), ("Shift+K", "Previous", 0)]:
        expect(page.get_by_role("button", name=f"{name} trace of the list")).to_be_enabled()
        page.keyboard.press(keys)
        expect(page).to_have_url(re.compile(f"/traces/{turns[number]['trace_id']}"))
    expect(page.get_by_role("button", name="Previous trace of the list")).to_be_disabled()


def test_a_turn_in_the_address_is_the_chosen_one_and_shows_its_full_text(
    page: Page, demo: Data, client: httpx.Client, conversation: Json
) -> None:
    name, last = conversation["session"]["session"], conversation["turns"][-1]
    page.goto(within(demo, f"/sessions/{name}?turn={last['trace_id']}"))
    chosen = page.locator("article[aria-current=true]")
    expect(chosen).to_be_in_viewport()
    chosen.get_by_role("button", name="Full text").click()

    outline = client.get(f"/api/v1/traces/{last['trace_id']}").json()["spans"]
    root_id = outline["id"][outline["parent"].index(None)]
    root = client.get(f"/api/v1/traces/{last['trace_id']}/spans", params={"id": root_id}).json()[0]
    words = re.findall(r"\w+", str(root["outputs"]))
    expect(chosen.get_by_role("region", name="Response")).to_contain_text(words[-1])


def test_sessions_are_found_by_what_their_traces_are(page: Page, demo: Data, client: httpx.Client) -> None:
    asked: Json = {"experiment_ids": [demo.experiment_id], "filter": "status = 'ERROR'", "max_results": 200}
    found = client.post("/api/v1/sessions/search", json=asked).json()["sessions"]
    page.goto(within(demo, f"/sessions?t=all&q={quote(asked['filter'])}"))

    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", str(len(found) + 1))
    errors = page.locator("[role=row] [data-column=errors] a").first
    expect(errors).to_have_text(str(found[0]["totals"]["errors"]))
    errors.click()
    expect(page).to_have_url(re.compile(r"/traces\?q=.*session"))


def test_a_user_comes_to_what_the_api_says(page: Page, demo: Data, client: httpx.Client) -> None:
    asked = {"experiment_ids": [demo.experiment_id], "order_by": "cost_usd", "max_results": 1}
    dearest = client.post("/api/v1/users/search", json=asked).json()["users"][0]
    page.goto(within(demo, "/users?t=all&sort=-cost"))
    page.get_by_role("gridcell", name=dearest["user"]).get_by_role("link").click()

    totals = dearest["totals"]
    expect(page.get_by_role("heading", level=1)).to_contain_text(dearest["user"])
    expect(figure(page, "Traces")).to_have_text(str(totals["traces"]))
    expect(figure(page, "Sessions")).to_have_text(str(dearest["sessions"]))
    expect(figure(page, "Errors")).to_have_text(str(totals["errors"]))
    expect(figure(page, "Tokens")).to_have_text(f"{totals['total_tokens']:,}")
    expect(figure(page, "Cost").first).to_have_text(re.compile(r"^\$0\.0*[1-9]"))
    rows = page.get_by_role("region", name="Sessions").locator("tbody tr")
    expect(rows).to_have_count(min(20, dearest["sessions"]))


def test_addresses_without_an_experiment_lead_to_what_they_name(
    page: Page, demo: Data, conversation: Json, tolerated: list[str]
) -> None:
    session, turn = conversation["session"]["session"], conversation["turns"][0]["trace_id"]
    experiment = re.escape(f"/experiments/{demo.experiment_id}")
    for path, place in {
        f"/t/{turn}?tab=timeline": rf"{experiment}/traces/{turn}\?.*tab=timeline",
        f"/s/{session}": rf"{experiment}/sessions/{session}$",
        f"/x/{quote(DEMO, safe='')}": rf"{experiment}/traces",
        f"/x{DEMO}": rf"{experiment}/traces",
    }.items():
        page.goto(demo.url + path)
        expect(page).to_have_url(re.compile(place))

    tolerated.append("status of 404")
    for path, words in {
        f"/t/tr-{'0' * 32}": "There is no trace tr-000",
        "/s/no/such": "No experiment has a session no/such",
        "/x/no/such": "There is no experiment no/such",
    }.items():
        page.goto(demo.url + path)
        expect(page.get_by_role("heading", name=words)).to_be_visible()


def test_who_has_no_sessions_is_told_how_to_get_them(page: Page, empty: Data) -> None:
    page.goto(f"{empty.url}/experiments/{empty.experiment_id}/sessions")
    expect(page.get_by_text("mlflow.trace.session")).to_be_visible()
    page.goto(f"{empty.url}/experiments/{empty.experiment_id}/users")
    expect(page.get_by_text('trilha.update_current_trace(user="ana")')).to_be_visible()
    page.goto(f"{empty.url}/experiments/{empty.experiment_id}/versions")
    expect(page.get_by_text("MLFLOW_ACTIVE_MODEL_ID")).to_be_visible()
