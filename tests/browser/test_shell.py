"""What every page has, and what the browser fetches for it."""

import httpx
import pytest
from playwright.sync_api import Page, expect
from trilha_server.api.web import BUILT_UI

from tests.browser.axe import violations
from tests.browser.conftest import Data, NewPage

MAX_SCRIPT_BYTES = 250_000


def test_the_root_draws_the_shell(page: Page, demo: Data) -> None:
    page.goto(demo.url)

    expect(page.get_by_role("main")).to_be_visible()
    expect(page.get_by_role("navigation").first).to_be_visible()


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_the_shell_hinders_nobody(new_page: NewPage, demo: Data, color_scheme: str) -> None:
    page = new_page(color_scheme=color_scheme)
    page.goto(demo.url)
    expect(page.get_by_role("main")).to_be_visible()

    assert violations(page) == []


@pytest.mark.parametrize("path", ["/", "/experiments/{experiment_id}/traces"])
def test_little_script_is_fetched_before_a_page_is_drawn(page: Page, demo: Data, path: str) -> None:
    page.goto(demo.url + path.format(experiment_id=demo.experiment_id))
    expect(page.get_by_role("main")).not_to_be_empty()
    page.wait_for_load_state("load")
    fetched: dict[str, int] = dict(
        page.evaluate("performance.getEntriesByType('resource').map((one) => [one.name, one.encodedBodySize])")
    )
    scripts = {name: size_bytes for name, size_bytes in fetched.items() if name.endswith(".js")}

    assert len(scripts) > 1
    assert sum(scripts.values()) <= MAX_SCRIPT_BYTES, scripts


def test_every_file_of_the_build_is_served(demo: Data) -> None:
    names = [path.relative_to(BUILT_UI).as_posix() for path in BUILT_UI.rglob("*") if path.is_file()]
    wanted = [name for name in names if name != "index.html"]

    assert len(wanted) > 3
    with httpx.Client(base_url=demo.url) as client:
        assert [name for name in wanted if client.get(f"/{name}").status_code != 200] == []


def test_an_address_of_an_api_that_is_not_there_is_not_the_page(demo: Data) -> None:
    answer = httpx.get(f"{demo.url}/api/v1/nothing")

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
