"""Every page is drawn, light and dark, and breaks no rule. `make pictures` keeps what it looks like."""

import os
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Data, NewPage

PICTURES = os.environ.get("TRILHA_PICTURES")
STILL_MS = 300
"""Charts are drawn once more after their data is there."""

PAGES = {
    "home": "/",
    "setup": "/setup",
    "ingestion": "/ingestion",
    "traces": "{experiment}/traces?t=7d",
    "traces-by-session": "{experiment}/traces?t=7d&group=session",
    "trace-messages": "{experiment}/traces/{trace}?tab=messages",
    "trace-timeline": "{experiment}/traces/{trace}?tab=timeline",
    "trace-table": "{experiment}/traces/{trace}?tab=table",
    "trace-raw": "{experiment}/traces/{trace}?tab=raw",
    "sessions": "{experiment}/sessions?t=7d",
    "session": "{experiment}/sessions/{session}",
    "users": "{experiment}/users?t=7d",
    "user": "{experiment}/users/{user}?t=7d",
    "versions": "{experiment}/versions?t=7d",
    "version": "{experiment}/versions/{version}?t=7d",
    "versions-compared": "{experiment}/versions/compare?t=7d&a={version}&b={next_version}",
    "monitoring": "{experiment}/monitoring?t=7d",
}


@pytest.fixture(scope="module")
def places(demo: Data) -> dict[str, str]:
    """What of the demo the pages show: a session of many turns, and one of its traces; two versions."""
    searched = {"experiment_ids": [demo.experiment_id]}
    with httpx.Client(base_url=demo.url) as client:

        def found(path: str, **more: Any) -> dict[str, Any]:  # Any: JSON
            answer = client.post(path, json={**searched, **more})
            answer.raise_for_status()
            return answer.json()

        traces = found("/api/v1/traces/search", max_results=500)["traces"]
        versions = found("/api/v1/versions/search")["versions"]
    trace = max(traces, key=lambda one: (one["state"] == "OK", one["span_count"]))
    by_name = {version["name"]: version["version_id"] for version in versions}
    first, second, *_ = sorted(by_name)
    return {
        "experiment": f"/experiments/{demo.experiment_id}",
        "trace": trace["trace_id"],
        "session": trace["session"],
        "user": trace["user"],
        "version": by_name[first],
        "next_version": by_name[second],
    }


def whole(page: Page, address: str) -> Page:
    """Go to a page and wait until it has all that it shows."""
    page.goto(address)
    for _ in range(2):
        expect(page.get_by_role("main")).to_contain_text(re.compile(r"\S"))
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        expect(page.get_by_role("status", name="Loading")).to_have_count(0)
        page.wait_for_timeout(STILL_MS)
    return page


DARK = ("traces", "trace-messages", "trace-timeline", "session", "versions-compared", "monitoring")
"""Pages that show all colours that there are; the others are looked at in the dark where pictures are taken."""

SHOWN = [(name, "light") for name in PAGES] + [(name, "dark") for name in PAGES if PICTURES or name in DARK]


@pytest.mark.parametrize(("name", "color_scheme"), SHOWN)
def test_a_page_is_drawn_and_hinders_nobody(
    new_page: NewPage, demo: Data, places: dict[str, str], name: str, color_scheme: str
) -> None:
    page = whole(new_page(color_scheme=color_scheme), demo.url + PAGES[name].format(**places))
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}-{color_scheme}.png")

    assert violations(page) == []


@pytest.mark.parametrize("name", ["home", "traces", "sessions", "users", "versions", "monitoring", "ingestion"])
def test_a_page_of_an_empty_server_says_so(new_page: NewPage, empty: Data, name: str) -> None:
    page = whole(new_page(), empty.url + PAGES[name].format(experiment=f"/experiments/{empty.experiment_id}"))

    assert page.get_by_role("main").inner_text().strip()
    assert violations(page) == []
