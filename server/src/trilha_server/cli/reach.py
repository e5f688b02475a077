"""Finds a running server."""

from collections.abc import Generator
from contextlib import contextmanager

import httpx

from trilha_server.domain.errors import TrilhaError

TIMEOUT = httpx.Timeout(30, connect=2)


class NoServer(TrilhaError):
    """No Trilha server answers at the address."""


@contextmanager
def connected(url: str) -> Generator[httpx.Client]:
    """Open a client for the server at an address. Raises `NoServer` where no Trilha server answers."""
    try:
        client = httpx.Client(base_url=url, timeout=TIMEOUT)
    except httpx.InvalidURL as error:
        raise _no_address(url) from error
    with client:
        if not _is_trilha(client, url):
            raise NoServer("what answers there is not a Trilha server; name another --url", url=url)
        yield client


def _is_trilha(client: httpx.Client, url: str) -> bool:
    try:
        answer = client.get("/openapi.json")
        return answer.status_code == 200 and answer.json()["info"]["title"] == "Trilha"
    except httpx.UnsupportedProtocol as error:
        raise _no_address(url) from error
    except httpx.HTTPError as error:
        raise NoServer("no server answers; start one with 'trilha server', or name another --url", url=url) from error
    except (ValueError, KeyError, TypeError):
        return False


def _no_address(url: str) -> NoServer:
    return NoServer("this is no address of a server; write one like http://127.0.0.1:5000", url=url)
