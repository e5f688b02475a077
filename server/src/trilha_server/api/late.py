"""An application that is made late."""

import asyncio
import threading
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send


class LateApp:
    """Makes an application when it is first needed; requests that come before wait for it. See decision 0013."""

    def __init__(self, make: Callable[[], Starlette]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._app: Starlette | None = None

    def app(self) -> Starlette:
        """Make the application, or name the one that was made. May take half a second."""
        with self._lock:
            if self._app is None:
                self._app = self._make()
            return self._app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        app = self._app or await asyncio.to_thread(self.app)
        await app(scope, receive, send)
