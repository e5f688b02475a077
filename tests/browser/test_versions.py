"""Versions: what their traces come to, what they were given, and whether the new one is worse."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Data

Json = dict[str, Any]  # Any: JSON


@pytest.fixture(scope="module")
def client(demo: Data) -> Iterator[httpx.Client]:
    """The API that the pages ask as well."""
    with httpx.Client(base_url=demo.url) as client:
        yield client


@pytest.fixture(scope="module")
def figures(client: httpx.Client, demo: Data) -> dict[str, Json]:
    """What the traces of each version come to, by its name."""
    asked = {"experiment_ids": [demo.experiment_id], "group_by": ["version"]}
    rows = client.post("/api/v1/figures/traces", json=asked).json()["rows"]
    return {row["group"]["version"]: row for row in rows}


def within(demo: Data, path: str) -> str:
    """Write the address of a page of the demo."""
    return f"{demo.url}/experiments/{demo.experiment_id}{path}"


def verdict_of(client: httpx.Client, demo: Data, a: str, b: str) -> str:
    """Ask whether B is worse than A."""
    asked = {"experiment_ids": [demo.experiment_id], "a": f"version = '{a}'", "b": f"version = '{b}'"}
    return client.post("/api/v1/comparison", json=asked).json()["verdict"]


WORDS = {"worse": "B is worse", "better": "B is better", "no evidence": "No evidence that B is worse or better"}


def test_two_versions_of_the_list_are_compared(
    page: Page, demo: Data, client: httpx.Client, figures: dict[str, Json]
) -> None:
    a, b, *_ = sorted(figures)
    page.goto(within(demo, "/versions?t=all"))
    for name in (a, b):
        row = page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))
        expect(row.locator("[data-column=traces]")).to_have_text(str(figures[name]["traces"]))
        expect(row.locator("[data-column=errors]")).to_have_text(str(figures[name]["errors"]))
        row.get_by_role("checkbox").check()
    page.get_by_role("button", name="Compare two").click()

    page.wait_for_url(re.compile(r"/versions/compare\?"))
    shown = page.get_by_role("region", name="Is B worse than A?")
    verdicts = {verdict_of(client, demo, a, b), verdict_of(client, demo, b, a)}
    assert verdicts == {"worse", "better"}
    expect(page.get_by_role("button", name=re.compile(f"^A *{a}$"))).to_be_visible()
    expect(shown).to_contain_text(WORDS[verdict_of(client, demo, a, b)])
    expect(shown.get_by_role("row", name="Error rate")).to_contain_text("points")

    page.get_by_role("button", name="Swap").click()
    expect(page.get_by_role("button", name=re.compile(f"^A *{b}$"))).to_be_visible()
    expect(shown).to_contain_text(WORDS[verdict_of(client, demo, b, a)])


def test_a_comparison_tells_what_was_given_and_what_differs_and_leads_to_the_traces(
    page: Page, demo: Data, client: httpx.Client, figures: dict[str, Json]
) -> None:
    a, b, *_ = sorted(figures)
    asked = {"experiment_ids": [demo.experiment_id], "a": f"version = '{a}'", "b": f"version = '{b}'"}
    differing = client.post("/api/v1/differences", json=asked).json()["attributes"][0]
    page.goto(within(demo, f"/versions/compare?t=all&a={a}&b={b}"))

    given = page.get_by_role("region", name="What they were given")
    expect(given.get_by_role("row", name="model")).to_contain_text("gpt-4o-mini")
    shift = page.get_by_role("region", name=differing["attribute"], exact=True)
    value = next(value for value in differing["values"] if value["count_b"] > 0)
    shift.get_by_role("row", name=value["value"]).get_by_role("link").last.click()
    page.wait_for_url(re.compile(r"/traces\?q="))
    expect(page.get_by_role("main")).to_contain_text(b)


def test_a_comparison_is_about_the_traces_of_its_filter(page: Page, demo: Data, client: httpx.Client) -> None:
    environment = "tags.environment = 'staging'"
    asked = {"experiment_ids": [demo.experiment_id], "group_by": ["version"], "filter": environment}
    rows = client.post("/api/v1/figures/traces", json=asked).json()["rows"]
    traces = {row["group"]["version"]: row["traces"] for row in rows}
    a, b, *_ = sorted(traces)
    page.goto(within(demo, f"/versions/compare?t=all&a={a}&b={b}&q={environment.replace(' ', '+')}"))

    row = page.get_by_role("region", name="Is B worse than A?").get_by_role("row", name="Traces")
    expect(row.get_by_role("link")).to_have_text([str(traces[a]), str(traces[b])])


def test_a_version_is_tagged_and_deleted(page: Page, demo: Data, client: httpx.Client) -> None:
    new: Json = {
        "experiment_id": demo.experiment_id,
        "name": "agent-git-98207f02",
        "params": {"model": "gpt-4.1-mini"},
        "tags": {
            "mlflow.source.git.commit": "98207f02c4a1b7d2e5f60718293a4b5c6d7e8f90",
            "mlflow.source.git.repoURL": "https://example.com/agent.git",
        },
    }
    version = client.post("/api/v1/versions", json=new).json()["version"]
    page.goto(within(demo, f"/versions/{version['version_id']}"))
    expect(page.get_by_role("region", name="Parameters")).to_contain_text("gpt-4.1-mini")
    commit = page.get_by_role("region", name="Details").get_by_role("link", name="98207f02")
    expect(commit).to_have_attribute("href", re.compile(r"^https://example\.com/agent/commit/98207f02"))

    tags = page.get_by_role("region", name="Tags")
    tags.get_by_role("button", name="Add a tag").click()
    tags.get_by_role("textbox", name="Key").fill("stage")
    tags.get_by_role("textbox", name="Value").fill("canary")
    tags.get_by_role("textbox", name="Value").press("Enter")
    expect(tags.get_by_text("canary")).to_be_visible()
    stored = client.get(f"/api/v1/versions/{version['version_id']}").json()["version"]
    assert stored["tags"] == {**new["tags"], "stage": "canary"}

    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    page.wait_for_url(re.compile(r"/versions$"))
    expect(page.get_by_role("grid")).not_to_contain_text(new["name"])
    left = client.post("/api/v1/versions/search", json={"experiment_ids": [demo.experiment_id]}).json()["versions"]
    assert new["name"] not in [one["name"] for one in left]


def test_a_version_that_only_traces_name_is_shown_as_unknown(page: Page, new_server: Callable[[], Data]) -> None:
    data = new_server()
    trace_id = "tr-" + "ab" * 16
    info = {
        "trace_id": trace_id,
        "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "0"}},
        "request_time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "execution_duration": "1s",
        "state": "OK",
        "trace_metadata": {"mlflow.modelId": "agent-v7"},
    }
    httpx.post(f"{data.url}/api/3.0/mlflow/traces", json={"trace": {"trace_info": info}}).raise_for_status()
    page.goto(f"{data.url}/experiments/0/versions")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="agent-v7"))
    expect(row).to_contain_text("Unknown")
    expect(row.locator("[data-column=traces]")).to_have_text("1")
    row.get_by_role("link", name="agent-v7").click()
    expect(page.get_by_text("No version agent-v7 is registered")).to_be_visible()
