"""The address under which a client has reached the server."""

from starlette.requests import Request


def base_url(request: Request, public_url: str | None) -> str:
    """Write scheme, host and port as clients may use them, without a slash at the end."""
    if public_url is not None:
        return public_url.rstrip("/")
    return f"{request.scope['scheme']}://{request.headers.get('host') or request.url.netloc}"
