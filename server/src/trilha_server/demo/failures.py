"""What goes wrong in the support agent of the demo, as its exceptions tell it."""

from trilha_server.demo.spans import Failure


def _stack(*frames: tuple[str, int, str, str], last: str) -> str:
    lines = [f'  File "/app/{file}", line {line}, in {name}\n    {code}\n' for file, line, name, code in frames]
    return f"Traceback (most recent call last):\n{''.join(lines)}{last}"


def timed_out(tool: str) -> Failure:
    """Fail as a tool does that gets no answer."""
    text = f"the shop's service did not answer {tool} within 10 s"
    frames = (
        ("support/agent.py", 88, "answer", "results = [self._call(tool) for tool in calls]"),
        ("support/tools.py", 41, tool, "response = self._http.post(url, json=arguments, timeout=10)"),
    )
    return Failure("httpx.ReadTimeout", text, _stack(*frames, last=f"httpx.ReadTimeout: {text}"))


def unavailable(tool: str) -> Failure:
    """Fail as a tool does whose service is down."""
    text = f"503 Service Unavailable for {tool}"
    frames = (("support/tools.py", 43, tool, "response.raise_for_status()"),)
    return Failure("httpx.HTTPStatusError", text, _stack(*frames, last=f"httpx.HTTPStatusError: {text}"))


def rate_limited(model: str) -> Failure:
    """Fail as the model's provider does when too much is asked."""
    text = f"Error code: 429 - Rate limit reached for {model} on tokens per minute (TPM)"
    frames = (
        ("support/agent.py", 97, "answer", "reply = self._complete(messages)"),
        ("support/model.py", 33, "_complete", "return self._client.chat.completions.create(**request)"),
    )
    return Failure("openai.RateLimitError", text, _stack(*frames, last=f"openai.RateLimitError: {text}"))


INDEX_RESET = Failure(
    "ConnectionResetError",
    "[Errno 104] Connection reset by peer",
    _stack(
        ("support/retrieval.py", 27, "query_index", "rows = self._index.query(vector, k)"),
        last="ConnectionResetError: [Errno 104] Connection reset by peer",
    ),
)
