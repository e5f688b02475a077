"""Where the server is, and how to sign in there."""

from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from trilha._server import Server, SignIn, SignInFailed, server_of
from trilha._settings import Credentials, Settings, read_settings


class Answer:
    def __init__(self, status: int, data: bytes) -> None:
        self.status = status
        self.data = data


class Tokens:
    """An HTTP client that hands out numbered tokens."""

    def __init__(self, expires_in: float = 3600, status: int = 200) -> None:
        self.expires_in = expires_in
        self.status = status
        self.asked: list[tuple[str, str, dict[str, Any]]] = []

    def request(self, method: str, url: str, /, **options: Any) -> Answer:
        self.asked.append((method, url, options))
        return Answer(self.status, b'{"access_token":"t%d","expires_in":%d}' % (len(self.asked), self.expires_in))


def test_an_address_may_carry_a_path_and_credentials():
    server = server_of(Settings(tracking_uri="https://ann:s%40crét@traces.example:8443/base/"))
    assert server.base_url == "https://traces.example:8443/base"
    assert (server.credentials.username, server.credentials.password) == ("ann", "s@crét")


def test_a_token_is_sent_as_it_is():
    server = Server("http://x", Credentials(token="abc"))
    assert SignIn(server).headers(Tokens()) == {"Authorization": "Bearer abc"}


def test_a_user_and_a_password_win_over_a_token():
    server = Server("http://x", Credentials(token="abc", username="ann", password="pä:ss"))
    kind, _, value = SignIn(server).headers(Tokens())["Authorization"].partition(" ")
    assert (kind, b64decode(value).decode()) == ("Basic", "ann:pä:ss")


def test_nobody_signs_in_as_nobody():
    assert SignIn(Server("http://x", Credentials())).headers(Tokens()) == {}


def test_databricks_means_the_host_and_the_token_of_the_environment():
    server = server_of(
        read_settings(
            {
                "MLFLOW_TRACKING_URI": "databricks",
                "DATABRICKS_HOST": "work.example/",
                "DATABRICKS_TOKEN": "abc",
                "MLFLOW_TRACKING_TOKEN": "other",
            }
        )
    )
    assert server.base_url == "https://work.example"
    assert SignIn(server).headers(Tokens()) == {"Authorization": "Bearer abc"}


def test_a_profile_names_the_host_and_the_token(tmp_path: Path):
    file = tmp_path / "databrickscfg"
    file.write_text(
        "[DEFAULT]\nhost = https://one.example\ntoken = a%b\n[two]\nhost = https://two.example\ntoken = two\n"
    )
    said = {"DATABRICKS_CONFIG_FILE": str(file)}
    one = server_of(read_settings({**said, "MLFLOW_TRACKING_URI": "databricks"}))
    two = server_of(
        read_settings({**said, "MLFLOW_TRACKING_URI": "databricks://two", "DATABRICKS_HOST": "http://other"})
    )
    assert (one.base_url, one.credentials.token) == ("https://one.example", "a%b")
    assert (two.base_url, two.credentials.token) == ("https://two.example", "two")


def test_a_client_gets_a_token_and_keeps_it():
    tokens = Tokens()
    sign_in = SignIn(Server("https://x/base", Credentials(client_id="id", client_secret="secret")))
    assert sign_in.headers(tokens) == sign_in.headers(tokens) == {"Authorization": "Bearer t1"}
    ((method, url, options),) = tokens.asked
    assert (method, url) == ("POST", "https://x/base/oidc/v1/token")
    assert options["body"] == b"grant_type=client_credentials&scope=all-apis"
    assert b64decode(options["headers"]["Authorization"].partition(" ")[2]) == b"id:secret"


def test_a_client_takes_a_new_token_where_the_old_one_was_refused():
    tokens = Tokens()
    sign_in = SignIn(Server("https://x", Credentials(client_id="id", client_secret="secret")))
    sign_in.headers(tokens)
    sign_in.forget()
    assert sign_in.headers(tokens) == {"Authorization": "Bearer t2"}


def test_a_token_is_renewed_before_it_ends(monkeypatch: pytest.MonkeyPatch):
    now_s = [1000.0]
    monkeypatch.setattr("trilha._server.time.monotonic", lambda: now_s[0])
    tokens = Tokens(expires_in=600)
    sign_in = SignIn(Server("https://x", Credentials(client_id="id", client_secret="secret")))
    sign_in.headers(tokens)
    now_s[0] += 470
    assert sign_in.headers(tokens) == {"Authorization": "Bearer t1"}
    now_s[0] += 20
    assert sign_in.headers(tokens) == {"Authorization": "Bearer t2"}


def test_a_refused_client_is_said_without_its_secret():
    sign_in = SignIn(Server("https://x", Credentials(client_id="id", client_secret="hunter2")))
    with pytest.raises(SignInFailed) as failed:
        sign_in.headers(Tokens(status=401))
    assert "401" in str(failed.value)
    assert "hunter2" not in str(failed.value)
