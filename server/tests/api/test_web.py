"""The UI's page and files, as browsers get them."""

import gzip
import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from trilha_server.api.routes import starlette_routes
from trilha_server.api.web import WebFiles, web_routes

INDEX = '<!doctype html><meta name="csp-nonce" content="__NONCE__"><script src="/assets/index-B3x9_aZk.js"></script>'
SCRIPT = "console.log('drawn');" * 100
PAGES = [
    "/",
    "/setup",
    "/ingestion",
    "/settings",
    "/experiments",
    "/experiments/1/traces",
    "/experiments/1/sessions/a/b",
    "/t/tr-1",
    "/s/a/b",
    "/x/Shared/demo",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    built = tmp_path / "web"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text(INDEX)
    (built / "theme.js").write_text("theme()")
    (built / "assets" / "index-B3x9_aZk.js").write_text(SCRIPT)
    (built / "assets" / "plain.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("secret")
    return built


@pytest.fixture
def web(folder: Path) -> TestClient:
    return TestClient(Starlette(routes=starlette_routes(web_routes(WebFiles(folder)))))


def nonce_of(policy: str) -> str:
    found = re.search(r"'nonce-([\w-]+)'", policy)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("path", PAGES)
def test_every_address_of_the_ui_answers_the_page(web: TestClient, path: str) -> None:
    answer = web.get(path)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.text == INDEX.replace("__NONCE__", nonce_of(answer.headers["content-security-policy"]))


def test_each_page_has_a_nonce_of_its_own(web: TestClient) -> None:
    assert len({nonce_of(web.get("/").headers["content-security-policy"]) for _ in range(20)}) == 20


def test_a_page_may_run_and_ask_nothing_but_its_own_server(web: TestClient) -> None:
    answer = web.get("/")
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"


def test_files_named_by_their_content_are_kept_for_ever_and_others_asked_for_again(web: TestClient) -> None:
    assert web.get("/assets/index-B3x9_aZk.js").headers["cache-control"] == "public, max-age=31536000, immutable"
    assert web.get("/assets/plain.svg").headers["cache-control"] == "public, max-age=3600"
    assert web.get("/theme.js").headers["cache-control"] == "public, max-age=3600"


@pytest.mark.parametrize(
    ("path", "media_type"),
    [("/theme.js", "text/javascript; charset=utf-8"), ("/assets/plain.svg", "image/svg+xml")],
)
def test_a_file_says_what_it_is(web: TestClient, path: str, media_type: str) -> None:
    answer = web.get(path)

    assert answer.headers["content-type"] == media_type
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("accepted", "is_compressed"),
    [("gzip, deflate, br", True), ("br;q=1, gzip;q=0.5", True), ("gzip;q=0", False), ("identity", False), ("", False)],
)
def test_a_file_comes_compressed_to_whoever_takes_it(web: TestClient, accepted: str, *, is_compressed: bool) -> None:
    with web.stream("GET", "/assets/index-B3x9_aZk.js", headers={"accept-encoding": accepted}) as answer:
        sent = b"".join(answer.iter_raw())

    assert answer.headers["vary"] == "Accept-Encoding"
    assert ("content-encoding" in answer.headers) is is_compressed
    assert (gzip.decompress(sent) if is_compressed else sent) == SCRIPT.encode()
    assert (len(sent) < len(SCRIPT)) is is_compressed


def test_a_file_that_the_browser_has_is_not_sent_again(web: TestClient) -> None:
    tag = web.get("/theme.js").headers["etag"]
    again = web.get("/theme.js", headers={"if-none-match": f'"other", {tag}'})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert web.get("/theme.js", headers={"if-none-match": '"other"'}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/theme.js"])
def test_head_is_answered_as_get(web: TestClient, path: str) -> None:
    assert web.head(path).status_code == 200
    assert web.head(path).headers["content-type"] == web.get(path).headers["content-type"]


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../../secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/assets/",
        "/assets//etc/passwd",
        "/assets/nothing.js",
    ],
)
def test_nothing_is_served_but_the_files_of_the_build(web: TestClient, path: str) -> None:
    answer = web.get(path)

    assert answer.status_code == 404
    assert "secret" not in answer.text


def test_a_file_that_went_away_since_the_start_is_not_found(web: TestClient, folder: Path) -> None:
    (folder / "theme.js").unlink()

    assert web.get("/theme.js").status_code == 404


def test_a_build_since_the_start_changes_nothing_for_a_server(folder: Path) -> None:
    files = WebFiles(folder)
    web = TestClient(Starlette(routes=starlette_routes(web_routes(files))))
    files.keep()
    (folder / "theme.js").write_text("another")
    (folder / "assets" / "index-B3x9_aZk.js").unlink()
    (folder / "assets" / "index-AAAAAAAA.js").write_text("another")

    assert web.get("/theme.js").text == "theme()"
    assert web.get("/assets/index-B3x9_aZk.js").text == SCRIPT
    assert web.get("/assets/index-AAAAAAAA.js").status_code == 404


def test_a_page_without_a_build_says_how_to_build_one(tmp_path: Path) -> None:
    answer = TestClient(Starlette(routes=starlette_routes(web_routes(WebFiles(tmp_path / "nothing"))))).get("/")

    assert answer.status_code == 404
    assert "make serve" in answer.text
