"""Middleware for applications of WSGI: Flask, Django.

`app.wsgi_app = trilha.tracing.wsgi.TracingMiddleware(app.wsgi_app)`
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any, TypeAlias

from trilha.tracing._requests import RequestHeaders, serving

Environ: TypeAlias = dict[str, Any]
StartResponse: TypeAlias = Callable[..., Any]
App: TypeAlias = Callable[[Environ, StartResponse], Iterable[bytes]]


class TracingMiddleware:
    """Takes the trace's context, the session, the user and the request's id from headers.

    The answer's body is part of the request: it is only over when the server has closed it.
    """

    def __init__(
        self,
        app: App,
        *,
        session_header: str | None = "x-session-id",
        user_header: str | None = "x-user-id",
        request_id_header: str | None = "x-request-id",
        root_span: bool = False,
    ) -> None:
        self._app = app
        self._headers = RequestHeaders(session=session_header, user=user_header, request_id=request_id_header)
        self._has_root_span = root_span

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): str(value)
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        method, path = str(environ.get("REQUEST_METHOD", "")), str(environ.get("PATH_INFO", ""))
        with ExitStack() as stack:
            served = stack.enter_context(
                serving(headers, self._headers, method=method, path=path, has_root_span=self._has_root_span)
            )

            def start(status: str, *args: Any, **kwargs: Any) -> Any:
                code = status.partition(" ")[0]
                if code.isdecimal():
                    served.answered(int(code))
                return start_response(status, *args, **kwargs)

            body = self._app(environ, start)
            return _Body(body, stack.pop_all())


class _Body:
    """An answer's body, with which the request ends."""

    def __init__(self, body: Iterable[bytes], request: ExitStack) -> None:
        self._body = body
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        """End the request."""
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        finally:
            self._request.close()
