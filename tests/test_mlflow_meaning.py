"""MLflow's client reads traces of OpenTelemetry as if they were its own."""

import json
import secrets
from typing import Any

import pytest

from tests.support.clients import NEWEST
from tests.support.mlflow_rest import MlflowRest
from tests.support.otlp import START_NS, a_request, a_span, mlflow_id, new_trace_id
from tests.support.processes import RunningServer
from tests.support.runs import Runs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120), pytest.mark.trilha_only]

TOOL: dict[str, Any] = {
    "type": "function",
    "function": {"name": "find_order", "parameters": {"type": "object", "properties": {}}},
}
OPENINFERENCE: dict[str, Any] = {
    "openinference.span.kind": "LLM",
    "input.value": json.dumps({"messages": [{"role": "user", "content": "Where is my order?"}]}),
    "output.value": json.dumps({"choices": [{"message": {"role": "assistant", "content": "On its way."}}]}),
    "llm.model_name": "gpt-4o-mini",
    "llm.provider": "openai",
    "llm.token_count.prompt": 120,
    "llm.token_count.completion": 18,
    "llm.token_count.prompt_details.cache_read": 64,
    "llm.tools.0.tool.json_schema": json.dumps(TOOL),
    "session.id": "s-1",
}
GENAI: dict[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "anthropic",
    "gen_ai.response.model": "claude-sonnet-4-5",
    "gen_ai.usage.input_tokens": 20,
    "gen_ai.usage.output_tokens": 4,
    "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": "When?"}]}]),
    "gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": "Tomorrow."}]}]),
}


@pytest.fixture(scope="module")
def trace(mlflow_door: RunningServer, runs: Runs) -> Any:
    trace_id, root = new_trace_id(), secrets.token_bytes(8)
    calls = [
        a_span(trace_id, name=name, parent_id=root, start_ns=START_NS + start, attributes=attributes)
        for name, start, attributes in (("ChatCompletion", 1, OPENINFERENCE), ("chat claude", 2, GENAI))
    ]
    with MlflowRest(mlflow_door.url) as rest:
        web = a_span(trace_id, name="POST /answer", span_id=root, start_ns=START_NS, attributes={"http.method": "POST"})
        rest.send(a_request(*calls)).raise_for_status()
        rest.send(a_request(web)).raise_for_status()
        seen = runs.seen(NEWEST, "reading", READ_IN=rest.experiment_id, TRACE_ID=mlflow_id(trace_id))
    return seen["trace"]


def attributes_of(trace: Any, name: str) -> Any:
    [span] = [span for span in trace["spans"] if span["name"] == name]
    return {**span["attributes"], "type": span["type"], "inputs": span["inputs"], "outputs": span["outputs"]}


def test_a_span_of_openinference_has_all_that_the_client_looks_for(trace: Any) -> None:
    call = attributes_of(trace, "ChatCompletion")

    assert (call["type"], call["mlflow.llm.model"], call["mlflow.llm.provider"]) == ("LLM", "gpt-4o-mini", "openai")
    assert call["inputs"] == json.loads(OPENINFERENCE["input.value"])
    assert call["outputs"] == json.loads(OPENINFERENCE["output.value"])
    assert call["mlflow.chat.tools"] == [TOOL]
    assert call["mlflow.chat.tokenUsage"] == {
        "input_tokens": 120,
        "output_tokens": 18,
        "total_tokens": 138,
        "cache_read_input_tokens": 64,
    }
    assert call["mlflow.llm.cost"]["total_cost"] > 0
    assert call["llm.model_name"] == "gpt-4o-mini"


def test_a_span_of_genai_has_all_that_the_client_looks_for(trace: Any) -> None:
    call = attributes_of(trace, "chat claude")

    assert (call["type"], call["mlflow.llm.model"]) == ("CHAT_MODEL", "claude-sonnet-4-5")
    assert call["inputs"] == json.loads(GENAI["gen_ai.input.messages"])
    assert call["outputs"] == json.loads(GENAI["gen_ai.output.messages"])
    assert call["mlflow.chat.tokenUsage"]["total_tokens"] == 24


def test_the_trace_of_a_plain_web_request_shows_what_was_said_in_it(trace: Any) -> None:
    info = trace["info"]

    assert (info["request_preview"], info["response_preview"]) == ("Where is my order?", "Tomorrow.")
    assert info["metadata"]["mlflow.trace.session"] == "s-1"
    assert json.loads(info["metadata"]["mlflow.trace.tokenUsage"])["total_tokens"] == 162
    assert attributes_of(trace, "POST /answer")["inputs"] is None
