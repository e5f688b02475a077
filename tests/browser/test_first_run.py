"""The first minute: a server without traces tells how to send one, and shows it when it is there."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Data
from tests.support.clients import LEAN_NEWEST, TRILHA, Client

PROGRAM_TIMEOUT_S = 60


def _shown(page: Page, name: str) -> tuple[str, str]:
    """Read what a tab of the page tells to run: the shell's lines and the program."""
    page.get_by_role("tab", name=name, exact=True).click()
    texts = page.locator("figure pre").all_inner_texts()
    return ("", texts[0]) if len(texts) == 1 else (texts[0], texts[1])


def _run(shell: str, program: str, python: Path, workdir: Path) -> None:
    """Do what the page says, but for installing packages."""
    (workdir / "first.py").write_text(program)
    exports = "\n".join(line for line in shell.splitlines() if line.startswith("export "))
    subprocess.run(
        ["sh", "-c", f"{exports}\nexec {python} first.py"],
        cwd=workdir,
        env={"PATH": os.environ["PATH"], "HOME": str(workdir)},
        check=True,
        timeout=PROGRAM_TIMEOUT_S,
    )


def test_an_empty_server_opens_on_how_to_send_and_turns_into_the_list(
    new_server: Callable[[], Data], page: Page
) -> None:
    server = new_server()
    page.goto(server.url)
    expect(page.get_by_text("Waiting for the first span")).to_be_visible()
    expect(page.get_by_text("Listening for traces", exact=True)).to_be_visible()
    assert violations(page) == []

    _, program = _shown(page, "curl")
    subprocess.run(["sh", "-c", program], check=True, timeout=PROGRAM_TIMEOUT_S, capture_output=True)

    expect(page.get_by_role("grid").get_by_text("answer")).to_be_visible()
    expect(page.get_by_text("Waiting for the first span")).to_have_count(0)


@pytest.mark.parametrize(
    ("tab", "client"),
    [("Trilha", TRILHA), ("MLflow", LEAN_NEWEST), ("OpenTelemetry", None)],
    ids=["trilha", "mlflow", "opentelemetry"],
)
def test_what_the_page_prints_runs_as_printed(
    page: Page, empty: Data, tmp_path: Path, tab: str, client: Client | None
) -> None:
    name = f"/Shared/ana's {tab}"
    made = httpx.post(f"{empty.url}/api/v1/experiments", json={"name": name}).json()
    page.goto(f"{empty.url}/setup?experiment={made['experiment_id']}")
    expect(page.get_by_text("Listening for traces", exact=True)).to_be_visible()

    shell, program = _shown(page, tab)
    python = Path(sys.executable) if client is None else client.make().program("python")
    _run(shell, program, python, tmp_path)

    expect(page.get_by_text("A trace has arrived", exact=True)).to_be_visible()
    found = httpx.post(f"{empty.url}/api/v1/traces/search", json={"experiment_ids": [made["experiment_id"]]}).json()
    assert [trace["name"] for trace in found["traces"]] == ["answer"]


def test_the_page_sends_a_span_itself(new_server: Callable[[], Data], page: Page) -> None:
    page.goto(f"{new_server().url}/setup")
    expect(page.get_by_text("Listening for traces", exact=True)).to_be_visible()

    page.get_by_role("button", name="Send a test span").click()

    expect(page.get_by_text("1 trace has arrived")).to_be_visible()


def test_the_demo_is_one_click_away(new_server: Callable[[], Data], page: Page) -> None:
    page.goto(new_server().url)

    page.get_by_role("button", name="Fill a demo experiment").click()

    expect(page.get_by_role("button", name="/Shared/demo-support-agent")).to_be_visible()
    expect(page.get_by_role("grid").get_by_role("row").nth(5)).to_be_visible()


def test_what_is_refused_is_said_while_one_waits(new_server: Callable[[], Data], page: Page) -> None:
    server = new_server()
    page.goto(f"{server.url}/setup")
    expect(page.get_by_text("Listening for traces", exact=True)).to_be_visible()

    bad_span = {"traceId": "00" * 16, "spanId": "ab" * 8, "name": "bad", "startTimeUnixNano": "1795000000000000000"}
    httpx.post(f"{server.url}/v1/traces", json={"resourceSpans": [{"scopeSpans": [{"spans": [bad_span]}]}]})

    expect(page.get_by_text("was refused: trace_id")).to_be_visible()
