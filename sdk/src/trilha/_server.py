"""Where the server is, and how to sign in there. Nothing in here is for an application's threads to wait on."""

import configparser
import logging
import threading
import time
from base64 import b64encode
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit, urlunsplit

import msgspec

from trilha._settings import DEFAULT_TRACKING_URI, Credentials, Settings

_TOKEN_PATH = "/oidc/v1/token"  # noqa: S105  # a path
_MARGIN_S = 60.0
_SHORTEST_S = 5.0
_log = logging.getLogger("trilha")


class SignInFailed(Exception):
    """No token was given. The text says why, without secrets."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


class Http(Protocol):
    """What asks for a token: `urllib3.PoolManager` is one."""

    def request(self, method: str, url: str, /, **options: Any) -> Any:  # Any: as urllib3 has it
        """Send a request and return its response."""
        ...


class _Token(msgspec.Struct):
    access_token: str
    expires_in: float = 3600.0


class Server(msgspec.Struct, frozen=True):
    """An address, and who we are there."""

    base_url: str
    """Scheme, host, port and path; no slash at its end, no credentials."""
    credentials: Credentials
    checks_tls: bool = True
    ca_path: str | None = None
    client_cert_path: str | None = None


def server_of(settings: Settings) -> Server:
    """Find the server that the settings mean. Reads a file where they name a profile."""
    uri = settings.tracking_uri
    if uri == "databricks" or uri.startswith("databricks://"):
        return _databricks_server(settings, uri.removeprefix("databricks").removeprefix("://"))
    url, said = _without_credentials(uri)
    return _server(url, said or settings.tracking_credentials, settings)


def _server(url: str, credentials: Credentials, settings: Settings) -> Server:
    return Server(url, credentials, settings.checks_tls, settings.ca_path, settings.client_cert_path)


class SignIn:
    """The `Authorization` header for a server, with a token that is renewed before it ends. Safe for threads."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._token: str | None = None
        self._renew_at_s = 0.0

    @property
    def can_renew(self) -> bool:
        """Whether another token could be had."""
        return self._server.credentials.client_id is not None

    def headers(self, http: Http) -> dict[str, str]:
        """Return the header; asks the server for a token where one is needed. Raises `SignInFailed`."""
        who = self._server.credentials
        if who.username is not None and who.password is not None:
            return {"Authorization": "Basic " + _basic(who.username, who.password)}
        if who.token is not None:
            return {"Authorization": f"Bearer {who.token}"}
        if who.client_id is None or who.client_secret is None:
            return {}
        with self._lock:
            if self._token is None or time.monotonic() >= self._renew_at_s:
                self._fetch(http, who.client_id, who.client_secret)
            return {"Authorization": f"Bearer {self._token}"}

    def forget(self) -> None:
        """Take a new token at the next use: the server did not like this one."""
        with self._lock:
            self._token = None

    def _fetch(self, http: Http, client_id: str, client_secret: str) -> None:
        headers = {
            "Authorization": "Basic " + _basic(client_id, client_secret),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            answer = http.request(
                "POST",
                self._server.base_url + _TOKEN_PATH,
                body=b"grant_type=client_credentials&scope=all-apis",
                headers=headers,
            )
            if answer.status != 200:
                raise SignInFailed(f"the server answered {answer.status} when asked for a token", answer.status)
            token = msgspec.json.decode(answer.data, type=_Token, strict=False)
        except msgspec.MsgspecError as error:
            raise SignInFailed("the server's answer holds no token") from error
        self._token = token.access_token
        life_s = max(_SHORTEST_S, min(token.expires_in - _MARGIN_S, token.expires_in * 0.8))
        self._renew_at_s = time.monotonic() + life_s


def _basic(name: str, secret: str) -> str:
    return b64encode(f"{name}:{secret}".encode()).decode()


def _without_credentials(uri: str) -> tuple[str, Credentials | None]:
    parts = urlsplit(uri)
    place = parts.netloc.rpartition("@")[2]
    url = urlunsplit((parts.scheme, place, parts.path.rstrip("/"), "", ""))
    if parts.username is None:
        return url, None
    return url, Credentials(username=unquote(parts.username), password=unquote(parts.password or ""))


def _databricks_server(settings: Settings, profile: str) -> Server:
    host, credentials = settings.databricks_host, settings.databricks_credentials
    wanted = profile or settings.databricks_profile
    if wanted or host is None:
        found = _profile(Path(settings.databricks_config_file).expanduser(), wanted or "DEFAULT")
        if found is not None:
            host, credentials = found
    if host is None:
        _log.warning("DATABRICKS_HOST is not set and no profile names a host: traces go to %s", DEFAULT_TRACKING_URI)
        host = DEFAULT_TRACKING_URI
    url, said = _without_credentials(host if "://" in host else f"https://{host}")
    return _server(url, said or credentials, settings)


def _profile(path: Path, name: str) -> tuple[str | None, Credentials] | None:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text())
        profile = dict(parser.items(name))
    except (OSError, ValueError, configparser.Error):
        if name != "DEFAULT":
            _log.warning("the profile %r cannot be read from %s", name, path)
        return None
    credentials = Credentials(
        token=profile.get("token"), client_id=profile.get("client_id"), client_secret=profile.get("client_secret")
    )
    return profile.get("host"), credentials
