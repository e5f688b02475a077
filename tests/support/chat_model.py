"""A language model's endpoint that speaks OpenAI's protocol and always answers the same."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tests.support.ports import LOOPBACK

ANSWER = "It arrives tomorrow."
INPUT_TOKENS, OUTPUT_TOKENS = 21, 5


class ChatModel:
    """An endpoint on the loopback interface; a context, so that it ends."""

    def __init__(self) -> None:
        self.asked: list[Any] = []  # Any: JSON
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead OpenAI's client here."""
        return {"OPENAI_BASE_URL": f"http://{LOOPBACK}:{self._server.server_port}/v1", "OPENAI_API_KEY": "sk-of-a-test"}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, model: ChatModel) -> None:
        self.model = model
        super().__init__((LOOPBACK, 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]  # it is made by no other

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)))
        self.server.model.asked.append(asked)
        if self.path != "/v1/chat/completions":
            self._answer(404, {"error": {"message": "there is no such endpoint", "type": "invalid_request_error"}})
            return
        self._answer(200, _completion(asked["model"]))

    def _answer(self, status: int, document: Any) -> None:  # Any: JSON
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # the base class names it so
        pass


def _completion(model: str) -> Any:  # Any: JSON
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_795_000_000,
        "model": model,
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": ANSWER}}],
        "usage": {
            "prompt_tokens": INPUT_TOKENS,
            "completion_tokens": OUTPUT_TOKENS,
            "total_tokens": INPUT_TOKENS + OUTPUT_TOKENS,
        },
    }
