"""Servers that speak TLS and servers behind proxies: reached as the environment says, or told what to mend."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from sdk.tests.answering import Answering
from sdk.tests.tls import ConnectProxy, TlsFront
from tests.support.ports import LOOPBACK, free_port
from tests.support.sdk_programs import Ended, run

pytestmark = pytest.mark.slow

PROGRAM = """
import trilha
a_trace("sent")
flushed = process.flush(4)
try:
    asked = trilha.search_traces(return_type="list", flush=False)
except trilha.exceptions.TrilhaError as error:
    asked = str(error)
report(flushed=flushed, asked=asked, **counted())
"""
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY")
DIRECTLY = {**dict.fromkeys(PROXIES, ""), "TRILHA_EXIT_TIMEOUT_S": "0.2"}
SET_IN_TESTS = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture(autouse=True)
def _own_trust(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]  # pytest uses it
    for name in SET_IN_TESTS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(file)
    return file


@pytest.fixture
def server() -> Iterator[Answering]:
    with Answering(lambda asked: (200, b"")) as answering:
        yield answering


@pytest.fixture
def front(authority: trustme.CA, server: Answering) -> Iterator[TlsFront]:
    with TlsFront(server_context(authority), server.port) as tls:
        yield tls


def server_context(authority: trustme.CA, name: str = LOOPBACK) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)  # pyright: ignore[reportUnknownMemberType]  # pyOpenSSL's
    return context


def sent(url: str, **environment: object) -> Ended:
    ended = run(PROGRAM, url, {**DIRECTLY, **{name: str(value) for name, value in environment.items()}})
    assert ended.code == 0, ended.err
    return ended


def assert_reached(ended: Ended) -> None:
    (said,) = ended.reports
    assert ended.err == ""
    assert (said["flushed"], said["asked"], said["spans_sent"]) == (True, [], 3)


def assert_told_once(ended: Ended, what: str) -> None:
    """The application goes on; one line says what is wrong, another one what was lost at the end."""
    (said,) = ended.reports
    assert ended.err.count("\n") == 2, ended.err
    why, lost = ended.err.splitlines()
    assert what in why
    assert "3 are kept; mend it and they are sent" in why
    assert "3 spans were dropped (the process ended" in lost
    assert what in said["last_error"]
    assert what in said["asked"]
    assert said["flushed"] is False
    assert said["requests_retried"] >= 1
    assert said["spans_waiting"] == 3


@pytest.mark.parametrize("variable", ["MLFLOW_TRACKING_SERVER_CERT_PATH", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_an_authority_of_ones_own_is_trusted(front: TlsFront, ca_file: Path, server: Answering, variable: str) -> None:
    assert_reached(sent(front.url, **{variable: ca_file}))
    assert [asked.path for asked in server.asked] == ["/v1/traces", "/api/3.0/mlflow/traces/search"]


def test_credentials_go_through_tls(front: TlsFront, ca_file: Path, server: Answering) -> None:
    who = {"MLFLOW_TRACKING_USERNAME": "ann", "MLFLOW_TRACKING_PASSWORD": "secret"}
    assert_reached(sent(front.url, MLFLOW_TRACKING_SERVER_CERT_PATH=ca_file, **who))
    assert {asked.headers["authorization"] for asked in server.asked} == {"Basic YW5uOnNlY3JldA=="}


def test_a_certificate_that_nobody_vouches_for_is_told_once_and_harms_nothing(
    front: TlsFront, server: Answering
) -> None:
    ended = sent(front.url)
    assert_told_once(ended, "its certificate is not trusted: ")
    assert "in MLFLOW_TRACKING_SERVER_CERT_PATH" in ended.err
    assert server.asked == []


def test_a_certificate_that_nobody_vouches_for_is_taken_where_that_is_wanted(
    front: TlsFront, server: Answering
) -> None:
    ended = sent(front.url, MLFLOW_TRACKING_INSECURE_TLS="true")
    assert (ended.reports[0]["spans_sent"], len(server.asked)) == (3, 2)
    assert "InsecureRequestWarning" in ended.err


def test_warnings_that_are_errors_lose_no_span_uncounted(front: TlsFront) -> None:
    program = (
        "import warnings; warnings.simplefilter('error')\na_trace()\nreport(flushed=process.flush(2), **counted())"
    )
    (said,) = run(program, front.url, {**DIRECTLY, "MLFLOW_TRACKING_INSECURE_TLS": "true"}).reports
    assert (said["flushed"], said["spans_waiting"], said["last_error"]) == (False, 3, "InsecureRequestWarning")


def test_a_certificate_of_another_host_is_told(authority: trustme.CA, ca_file: Path, server: Answering) -> None:
    with TlsFront(server_context(authority, "elsewhere.example"), server.port) as front:
        ended = sent(front.url, MLFLOW_TRACKING_SERVER_CERT_PATH=ca_file)
    assert_told_once(ended, "its certificate is not trusted: IP address mismatch")
    assert "MLFLOW_TRACKING_SERVER_CERT_PATH" not in ended.err


def test_a_file_of_certificates_that_is_not_there_is_named(front: TlsFront, tmp_path: Path) -> None:
    missing = tmp_path / "missing.pem"
    ended = sent(front.url, MLFLOW_TRACKING_SERVER_CERT_PATH=missing)
    assert_told_once(ended, f"the certificates in {missing} cannot be read")


def test_a_file_that_holds_no_certificates_is_told(front: TlsFront, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing\n")
    ended = sent(front.url, MLFLOW_TRACKING_SERVER_CERT_PATH=tmp_path / "empty.pem")
    assert_told_once(ended, "TLS fails: no certificate or crl found")


def test_a_server_without_tls_at_a_tls_address_is_told(server: Answering) -> None:
    assert_told_once(sent(server.url.replace("http:", "https:")), "does not speak TLS")


def test_a_client_shows_its_certificate(
    authority: trustme.CA, ca_file: Path, server: Answering, tmp_path: Path
) -> None:
    own_file = tmp_path / "client.pem"
    authority.issue_cert("ann@agents.example").private_key_and_cert_chain_pem.write_to_path(own_file)
    trust = {"MLFLOW_TRACKING_SERVER_CERT_PATH": ca_file}
    context = server_context(authority)
    context.load_verify_locations(ca_file)
    context.verify_mode = ssl.CERT_REQUIRED
    with TlsFront(context, server.port) as front:
        assert_reached(sent(front.url, MLFLOW_TRACKING_CLIENT_CERT_PATH=own_file, **trust))
        # TLS 1.3 refuses once the connection is up, where the request that is under way may be cut off first.
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        assert_told_once(sent(front.url, **trust), "in MLFLOW_TRACKING_CLIENT_CERT_PATH")


def test_a_server_that_never_says_hello_blocks_nobody() -> None:
    with socket.create_server((LOOPBACK, 0)) as silent:
        url = f"https://{LOOPBACK}:{silent.getsockname()[1]}"
        program = "begun_s = time.monotonic(); a_trace(); passed_s = time.monotonic() - begun_s\n"
        program += (
            "while process.stats().last_error is None and time.monotonic() < begun_s + 20:\n    process.flush(0.5)\n"
        )
        program += "report(passed_s=passed_s, **counted())"
        (said,) = run(program, url, DIRECTLY).reports
    assert said["passed_s"] < 0.1
    assert said["last_error"] == "no answer in time"


def test_a_proxy_is_used_for_what_is_not_exempt(front: TlsFront, ca_file: Path, server: Answering) -> None:
    with ConnectProxy() as proxy:
        tls = {"MLFLOW_TRACKING_SERVER_CERT_PATH": ca_file, "https_proxy": f"http://{proxy.place}"}
        assert_reached(sent(front.url, **tls))
        assert set(proxy.targets) == {f"{LOOPBACK}:{front.port}"}
        proxy.targets.clear()
        assert_reached(sent(server.url, http_proxy=proxy.place))
        assert set(proxy.targets) == {f"{LOOPBACK}:{server.port}"}
        proxy.targets.clear()
        assert_reached(sent(front.url, **tls, no_proxy=f"localhost,{LOOPBACK}"))
        assert proxy.targets == []


def test_a_proxy_that_wants_a_password_gets_it_and_the_server_does_not(
    front: TlsFront, ca_file: Path, server: Answering
) -> None:
    with ConnectProxy("ann:s@cret") as proxy:
        tls = {"MLFLOW_TRACKING_SERVER_CERT_PATH": ca_file}
        assert_reached(sent(front.url, **tls, https_proxy=f"http://ann:s%40cret@{proxy.place}"))
        assert not any("proxy-authorization" in asked.headers for asked in server.asked)
        ended = sent(front.url, **tls, https_proxy=f"http://ann:wrong@{proxy.place}")
    assert_told_once(ended, "the proxy fails: tunnel connection failed: 407")
    assert "wrong" not in ended.err


def test_a_proxy_that_is_away_is_told(server: Answering) -> None:
    ended = sent(server.url, http_proxy=f"http://{LOOPBACK}:{free_port()}")
    assert "the proxy fails: connection refused. 3 are kept and sent later" in ended.err
    assert "the proxy fails: connection refused" in ended.reports[0]["asked"]


def test_a_proxy_of_a_kind_that_is_not_known_is_told(server: Answering) -> None:
    assert_told_once(sent(server.url, http_proxy="socks5://127.0.0.1:1080"), "the proxy's address must be http(s)://")


def test_a_password_that_is_not_right_keeps_the_spans() -> None:
    with Answering(lambda asked: (401, {"message": "who is that?"})) as server:
        ended = sent(server.url, MLFLOW_TRACKING_USERNAME="ann", MLFLOW_TRACKING_PASSWORD="wr0ng")
    (said,) = ended.reports
    assert (said["flushed"], said["spans_waiting"]) == (False, 3)
    assert "401 who is that?" in ended.err
    assert "wr0ng" not in ended.err
