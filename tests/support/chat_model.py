"""A language model's endpoint that speaks OpenAI's and Anthropic's protocols and always answers the same."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tests.support.anthropic_messages import message
from tests.support.chat_script import ANSWER, FAILURES, WITHOUT_TOOLS, Answer
from tests.support.openai_chat import completion, embeddings
from tests.support.openai_responses import response
from tests.support.ports import LOOPBACK

INPUT_TOKENS, OUTPUT_TOKENS = WITHOUT_TOOLS.input_tokens, WITHOUT_TOOLS.output_tokens
PROTOCOLS: dict[str, Callable[[Any], Answer]] = {  # Any: JSON
    "/v1/chat/completions": completion,
    "/v1/embeddings": embeddings,
    "/v1/responses": response,
    "/v1/messages": message,
}

__all__ = ["ANSWER", "INPUT_TOKENS", "OUTPUT_TOKENS", "ChatModel"]


class ChatModel:
    """An endpoint on the loopback interface; a context, so that it ends."""

    def __init__(self) -> None:
        self.asked: list[Any] = []  # Any: JSON
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead the clients of OpenAI and Anthropic here."""
        url = f"http://{LOOPBACK}:{self._server.server_port}"
        return {
            "OPENAI_BASE_URL": f"{url}/v1",
            "OPENAI_API_KEY": "sk-of-a-test",
            "ANTHROPIC_BASE_URL": url,
            "ANTHROPIC_API_KEY": "sk-of-a-test",
        }

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
        answers = PROTOCOLS.get(self.path.partition("?")[0])
        if answers is None:
            self._refuse(404, "invalid_request_error")
        elif asked["model"] in FAILURES:
            self._refuse(*FAILURES[asked["model"]])
        else:
            self._answer(answers(asked))

    def _answer(self, answer: Answer) -> None:
        if answer.events is None:
            self._send(200, "application/json", json.dumps(answer.document))
        else:
            self._send(200, "text/event-stream", "".join(_event(name, data) for name, data in answer.events))

    def _refuse(self, status: int, kind: str) -> None:
        error = {"message": "the model does not answer", "type": kind, "code": kind, "param": None}
        self._send(status, "application/json", json.dumps({"type": "error", "error": error}))

    def _send(self, status: int, media_type: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # the base class names it so
        pass


def _event(name: str | None, data: Any) -> str:  # Any: JSON
    text = data if isinstance(data, str) else json.dumps(data)
    return f"data: {text}\n\n" if name is None else f"event: {name}\ndata: {text}\n\n"
