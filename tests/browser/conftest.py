"""A browser that watches what a page does, and servers with and without data."""

import os
import subprocess
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.conftest import not_run
from tests.support.chromium import ChromiumUnavailable, find_chromium
from tests.support.processes import RunningServer, TrilhaOptions, start_trilha, trilha_command, trilha_environment

DEMO = "/Shared/demo-support-agent"
TIMEOUT_MS = 30_000
"""Nothing takes so long; but two cores serve browsers, servers and other tests."""

LOOK: dict[str, Any] = {  # Any: playwright's options
    "viewport": {"width": 1440, "height": 900},
    "locale": "en-US",
    "timezone_id": "UTC",
}
FLAGS = (
    "--no-sandbox",  # it refuses root otherwise
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NewPage = Callable[..., Page]
"""Opens a page in a browser of its own, as it were; takes what `Browser.new_context` takes."""

expect.set_options(timeout=TIMEOUT_MS)

_PAGES = pytest.StashKey[list["Watched"]]()
_FOLDER = pytest.StashKey[Path]()


@dataclass(frozen=True)
class Data:
    """A server, and the experiment to look at."""

    server: RunningServer
    experiment_id: str

    @property
    def url(self) -> str:
        """The server's address, without a slash at the end."""
        return self.server.url


@dataclass
class Watched:
    """A page and what it did that no page of ours may do."""

    page: Page
    tolerated: list[str]
    complaints: list[str] = field(default_factory=list[str])
    _origin: str | None = None

    def watch(self) -> None:
        """Begin."""
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self._complain(f"an error was thrown: {error.stack or error}"))
        self.page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._complain(f"the console says: {message.text} ({message.location.get('url', '')})")

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("data", "blob"):
            return
        origin = f"{address.scheme}://{address.netloc}"
        self._origin = self._origin or origin
        if origin != self._origin:
            self._complain(f"another server was asked: {request.url}")

    def _complain(self, text: str) -> None:
        if not any(part in text for part in self.tolerated):
            self.complaints.append(text)


@pytest.fixture(scope="session")
def chromium(pytestconfig: pytest.Config) -> Path:
    """The browser's program."""
    try:
        return find_chromium()
    except ChromiumUnavailable as error:
        not_run(pytestconfig, f"everything in the browser: {error}")
        raise


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """A running browser, for one file: while it runs, nothing else in this process can have an event loop."""
    with sync_playwright() as playwright:
        fonts = {"FONTCONFIG_FILE": str(Path(__file__).with_name("fonts.conf"))}
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS), env={**os.environ, **fonts})
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Data]:
    """A server with what `trilha demo` tells. Tests that change what they find leave it as it was."""
    server = _started(tmp_path_factory.mktemp("demo") / "data")
    subprocess.run(
        [str(trilha_command()), "demo", "--url", server.url, "--experiment", DEMO],
        env=trilha_environment({}),
        capture_output=True,
        check=True,
        timeout=120,
    )
    found = httpx.get(f"{server.url}/api/2.0/mlflow/experiments/get-by-name", params={"experiment_name": DEMO})
    yield Data(server, found.json()["experiment"]["experiment_id"])
    server.stop()


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Data]:
    """A server with no traces. Tests that would leave some start one of their own: `new_server`."""
    server = _started(tmp_path_factory.mktemp("empty") / "data")
    yield Data(server, "0")
    server.stop()


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[Callable[[], Data]]:
    """Starts servers without traces that nobody shares."""
    started: list[RunningServer] = []

    def start() -> Data:
        started.append(_started(tmp_path / f"server{len(started)}" / "data"))
        return Data(started[-1], "0")

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def tolerated() -> list[str]:
    """Parts of complaints that a test expects: `tolerated.append("status of 400")`."""
    return []


@pytest.fixture
def new_page(
    request: pytest.FixtureRequest, browser: Browser, tolerated: list[str], tmp_path: Path
) -> Iterator[NewPage]:
    """Opens pages that remember nothing: `new_page(color_scheme="dark")`. Fails where one did what none may do.

    That is: an error in the console, such as a breach of the page's policy, an exception, a request to another server.
    """
    watched: list[Watched] = []
    request.node.stash[_PAGES] = watched
    request.node.stash[_FOLDER] = tmp_path

    def open_page(**options: Any) -> Page:  # Any: playwright's options
        context = browser.new_context(**{**LOOK, **options})
        context.set_default_timeout(TIMEOUT_MS)
        watched.append(Watched(context.new_page(), tolerated))
        watched[-1].watch()
        return watched[-1].page

    yield open_page
    for one in watched:
        one.page.context.close()
    complaints = [text for one in watched for text in one.complaints]
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A page in a light window of 1440 by 900."""
    return new_page()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what a failing test saw."""
    report = yield
    if report.failed and call.when == "call":
        for number, watched in enumerate(item.stash.get(_PAGES, list[Watched]())):
            path = item.stash[_FOLDER] / f"page{number}.png"
            watched.page.screenshot(path=path)
            seen = "\n".join([watched.page.url, f"screenshot: {path}", *watched.complaints])
            report.sections.append(("the page", seen))
    return report


def _started(data_dir: Path) -> RunningServer:
    server = start_trilha(data_dir, TrilhaOptions())
    answer = httpx.get(server.url)
    if answer.status_code != 200:
        server.stop()
        pytest.fail(f"there is no UI to look at: run 'make ui' ({answer.text.strip()})")
    return server
