"""What single conventions tell, beyond the conversations that were recorded."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trilha_server.domain.message import Document, Media, Message, Reasoning, Role, Text, ToolCall, ToolResult
from trilha_server.domain.span import AttributeValue, Cost, SpanEvent, TokenUsage
from trilha_server.normalise.convention import Told
from trilha_server.normalise.meaning import CONVENTIONS, FACT_KEYS, content_of, facts_of, previews_of, root_of

from server.tests.normalise.test_values import values
from server.tests.support.spans import a_span, some_spans

CHAT: dict[str, Any] = {
    "model": "gpt-5",
    "messages": [{"role": "system", "content": "Help."}, {"role": "user", "content": "Why?"}],
}
ANSWER: dict[str, Any] = {"choices": [{"message": {"role": "assistant", "content": "Because."}}], "model": "gpt-5-2026"}
SAID = (Message(Role.SYSTEM, (Text("Help."),)), Message(Role.USER, (Text("Why?"),)))
ANSWERED = (Message(Role.ASSISTANT, (Text("Because."),)),)


def told(attributes: dict[str, Any], *events: tuple[str, dict[str, Any]], scope: str = "") -> Told:
    return Told(
        name="step",
        sent_scope_name=scope,
        attributes=attributes,
        events=[SpanEvent(name=name, time_ns=1, attributes=values) for name, values in events],
    )


def as_it_is(value: Any) -> Any:
    return value


class TestMlflow:
    @pytest.mark.parametrize("write", [json.dumps, as_it_is], ids=["JSON", "values"])
    def test_messages_are_found_in_requests_and_responses(self, write: Any) -> None:
        span = told({"mlflow.spanInputs": write(CHAT), "mlflow.spanOutputs": write(ANSWER)})
        content = content_of(span)

        assert (content.inputs, content.outputs) == (CHAT, ANSWER)
        assert (content.input_messages, content.output_messages) == (SAID, ANSWERED)
        assert previews_of(span) == ("Why?", "Because.")

    def test_tools_are_those_set_or_those_of_the_request(self) -> None:
        tools = [{"type": "function", "function": {"name": "add"}}]
        ways: list[dict[str, Any]] = [
            {"mlflow.chat.tools": json.dumps(tools)},
            {"mlflow.spanInputs": json.dumps({"messages": [], "tools": tools})},
        ]

        assert [[tool.name for tool in content_of(told(way)).tools] for way in ways] == [["add"], ["add"]]

    def test_the_outputs_of_a_retriever_are_documents(self) -> None:
        found = json.dumps([{"page_content": "A", "metadata": {"doc_uri": "x"}, "id": "a"}])
        content = content_of(told({"mlflow.spanType": '"RETRIEVER"', "mlflow.spanOutputs": found}))

        assert content.documents == (Document("A", "a", None, {"doc_uri": "x"}),)
        assert content_of(told({"mlflow.spanType": "CHAIN", "mlflow.spanOutputs": found})).documents == ()

    def test_a_model_that_only_the_request_names_is_found(self) -> None:
        def model_of(**attributes: AttributeValue) -> str | None:
            return some_spans(a_span(attributes=attributes)).facts[0].model

        usage = json.dumps({"input_tokens": 3, "output_tokens": 4})
        told: dict[str, AttributeValue] = {"mlflow.chat.tokenUsage": usage, "mlflow.spanInputs": json.dumps(CHAT)}

        assert model_of(**told) == "gpt-5"
        assert model_of(**told, **{"mlflow.spanOutputs": json.dumps(ANSWER)}) == "gpt-5-2026"
        assert model_of(**told, **{"mlflow.llm.model": '"mine"'}) == "mine"
        assert model_of(**{"mlflow.spanInputs": json.dumps(CHAT)}) is None


class TestOpenInference:
    def test_retrieved_and_reranked_documents(self) -> None:
        found = {"document.id": "a", "document.content": "A", "document.score": 0.5, "document.metadata": '{"n": 1}'}
        for prefix in ("retrieval.documents", "reranker.output_documents"):
            span = told({f"{prefix}.{n}.{key}": value for n in (1, 0) for key, value in found.items()})

            assert content_of(span).documents == (Document("A", "a", 0.5, {"n": 1}),) * 2

    def test_tokens_and_costs_by_kind(self) -> None:
        facts = facts_of(
            told(
                {
                    "llm.token_count.prompt": 100,
                    "llm.token_count.completion": 20,
                    "llm.token_count.total": 120,
                    "llm.token_count.prompt_details.cache_input": 60,
                    "llm.token_count.prompt_details.audio": 5,
                    "llm.token_count.completion_details.reasoning": 8,
                    "llm.cost.prompt": 0.5,
                    "llm.cost.completion": 0.25,
                }
            )
        )

        assert facts.usage == TokenUsage(100, 20, 120, 60, None, 8, 5, None)
        assert facts.cost == Cost(0.5, 0.25, 0.75)

    def test_pictures_and_functions_of_former_days(self) -> None:
        start = "llm.input_messages"
        content = content_of(
            told(
                {
                    f"{start}.0.message.role": "user",
                    f"{start}.0.message.contents.0.message_content.type": "text",
                    f"{start}.0.message.contents.0.message_content.text": "What is it?",
                    f"{start}.0.message.contents.1.message_content.type": "image",
                    f"{start}.0.message.contents.1.message_content.image.image.url": "https://a/b.png",
                    f"{start}.10.message.role": "assistant",
                    f"{start}.10.message.function_call_name": "look",
                    f"{start}.10.message.function_call_arguments_json": '{"n": 1}',
                }
            )
        )

        assert content.input_messages == (
            Message(Role.USER, (Text("What is it?"), Media("image", "https://a/b.png"))),
            Message(Role.ASSISTANT, (ToolCall("look", {"n": 1}),)),
        )

    def test_prompts_and_choices_of_completions(self) -> None:
        content = content_of(
            told(
                {
                    "llm.prompts.0.prompt.text": "Why?",
                    "llm.choices.0.completion.text": "Because.",
                    "llm.finish_reason": "stop",
                }
            )
        )

        assert content.input_messages == (Message(Role.USER, (Text("Why?"),)),)
        assert content.output_messages == (Message(Role.ASSISTANT, (Text("Because."),), finish_reason="stop"),)

    def test_notes_and_words_become_tags(self) -> None:
        root = root_of(
            told({"metadata": '{"plan": "gold", "seats": 3, "ls_provider": "x", "deep": {}}', "tag.tags": ["beta"]})
        )

        assert root.tags == {"plan": "gold", "seats": "3", "beta": "true"}

    def test_the_model_that_answered_comes_first(self) -> None:
        names = ["embedding.model_name", "llm.request.model_name", "llm.model_name", "llm.response.model_name"]

        assert [
            facts_of(told(dict.fromkeys(names[: n + 1], "x") | {names[n]: names[n]})).model for n in range(4)
        ] == names

    def test_a_kind_that_nobody_else_has(self) -> None:
        assert facts_of(told({"openinference.span.kind": "PROMPT"})).span_type == "CHAIN"


class TestGenai:
    def test_messages_as_events(self) -> None:
        content = content_of(
            told(
                {"gen_ai.operation.name": "chat"},
                ("gen_ai.system.message", {"content": "Help."}),
                ("gen_ai.user.message", {"gen_ai.event.content": '{"role": "user", "content": "Why?"}'}),
                (
                    "gen_ai.assistant.message",
                    {"tool_calls": '[{"id": "1", "function": {"name": "look", "arguments": "{}"}}]'},
                ),
                ("gen_ai.tool.message", {"id": "1", "content": '{"n": 1}'}),
                ("gen_ai.choice", {"index": 0, "finish_reason": "stop", "message": '{"content": "Because."}'}),
                ("other", {}),
            )
        )

        assert content.input_messages == (
            *SAID,
            Message(Role.ASSISTANT, (ToolCall("look", {}, "1"),)),
            Message(Role.TOOL, (ToolResult({"n": 1}, "1"),)),
        )
        assert content.output_messages == (Message(Role.ASSISTANT, (Text("Because."),), finish_reason="stop"),)
        assert content.inputs is not None

    def test_prompts_as_events(self) -> None:
        content = content_of(
            told(
                {},
                ("gen_ai.content.prompt", {"gen_ai.prompt": json.dumps(CHAT["messages"])}),
                ("gen_ai.content.completion", {"gen_ai.completion": '[{"role": "assistant", "content": "Because."}]'}),
            )
        )

        assert (content.input_messages, content.output_messages) == (SAID, ANSWERED)

    @pytest.mark.parametrize("write", [json.dumps, as_it_is], ids=["JSON", "values"])
    def test_the_event_that_holds_everything(self, write: Any) -> None:
        event: dict[str, Any] = {
            "gen_ai.system_instructions": write([{"type": "text", "content": "Help."}]),
            "gen_ai.input.messages": write([{"role": "user", "parts": [{"type": "text", "content": "Why?"}]}]),
            "gen_ai.output.messages": write(
                [{"role": "assistant", "parts": [{"type": "text", "content": "Because."}]}]
            ),
            "gen_ai.tool.definitions": write([{"type": "function", "name": "look"}]),
        }
        span = told({"gen_ai.operation.name": "chat"}, ("gen_ai.client.inference.operation.details", event))
        content = content_of(span)

        assert (content.input_messages, content.output_messages) == (SAID, ANSWERED)
        assert [tool.name for tool in content.tools] == ["look"]
        assert previews_of(span) == ("Why?", "Because.")

    def test_instructions_are_told_once(self) -> None:
        span = told({"gen_ai.system_instructions": "Help.", "gen_ai.input.messages": json.dumps(CHAT["messages"])})

        assert content_of(span).input_messages == SAID

    @pytest.mark.parametrize(
        ("read", "written", "thought"),
        [
            ("cache_read.input_tokens", "cache_write.input_tokens", "reasoning.output_tokens"),
            ("cache_read.input_tokens", "cache_creation.input_tokens", "reasoning_tokens"),
            ("cache_read_input_tokens", "cache_creation_input_tokens", "details.reasoning_tokens"),
            ("input_tokens.cached", "input_tokens.cache_write", "output_tokens.reasoning"),
            ("details.cache_read_tokens", "details.cache_write_tokens", "details.thoughts_tokens"),
        ],
    )
    def test_spellings_of_tokens(self, read: str, written: str, thought: str) -> None:
        counts = {"prompt_tokens": 100, "completion_tokens": 20, read: 60, written: 10, thought: 8}

        usage = facts_of(told({f"gen_ai.usage.{key}": value for key, value in counts.items()})).usage

        assert usage == TokenUsage(100, 20, 120, 60, 10, 8)

    def test_tools_and_retrievals(self) -> None:
        tool = told(
            {"gen_ai.tool.name": "look", "gen_ai.tool.call.arguments": '{"n": 1}', "gen_ai.tool.call.result": "2"}
        )
        search = told(
            {
                "gen_ai.operation.name": "retrieval",
                "gen_ai.retrieval.query.text": "Why?",
                "gen_ai.retrieval.documents": '[{"id": "a", "content": "A", "score": 0.5}]',
            }
        )

        assert (facts_of(tool).span_type, content_of(tool).inputs, content_of(tool).outputs) == ("TOOL", {"n": 1}, "2")
        assert (facts_of(search).span_type, content_of(search).inputs) == ("RETRIEVER", "Why?")
        assert content_of(search).documents == (Document("A", "a", 0.5),)

    def test_the_conversation_is_the_session(self) -> None:
        facts = facts_of(told({"gen_ai.conversation.id": "s", "enduser.id": "ana", "gen_ai.system": "az.ai.openai"}))

        assert (facts.session, facts.user, facts.provider) == ("s", "ana", "azure.ai.openai")


class TestTraceloop:
    def test_wrappers_are_taken_off(self) -> None:
        content = content_of(
            told(
                {
                    "traceloop.entity.input": '{"inputs": {"question": "Why?"}, "tags": [], "kwargs": {}}',
                    "traceloop.entity.output": '{"outputs": "Because.", "kwargs": {}}',
                }
            )
        )

        assert (content.inputs, content.outputs) == ({"question": "Why?"}, "Because.")
        assert content_of(told({"traceloop.entity.input": '{"inputs": 1}'})).inputs == {"inputs": 1}

    def test_messages_are_found_in_the_oldest_spelling(self) -> None:
        content = content_of(told({"llm.prompts.0.content": "Why?", "llm.completions.0.content": "Because."}))

        assert [message.text for message in content.input_messages] == ["Why?"]
        assert [message.text for message in content.output_messages] == ["Because."]

    def test_properties_are_session_user_and_tags(self) -> None:
        start = "traceloop.association.properties"
        attributes = {
            f"{start}.thread_id": "s",
            f"{start}.user_id": "ana",
            f"{start}.plan": "gold",
            f"{start}.ls_provider": "x",
        }
        facts, root = facts_of(told(attributes)), root_of(told(attributes | {"traceloop.workflow.name": "answer"}))

        assert (facts.session, facts.user) == ("s", "ana")
        assert (root.name, root.tags) == ("answer", {"plan": "gold"})

    @pytest.mark.parametrize(
        ("attributes", "expected"),
        [
            ({"traceloop.span.kind": "workflow", "gen_ai.operation.name": "invoke_agent"}, "WORKFLOW"),
            ({"traceloop.span.kind": "tool"}, "TOOL"),
            ({"traceloop.span.kind": "unknown"}, "UNKNOWN"),
            ({"llm.request.type": "completion"}, "LLM"),
            ({"llm.request.type": "rerank"}, "RERANKER"),
        ],
    )
    def test_kinds(self, attributes: dict[str, Any], expected: str) -> None:
        assert facts_of(told(attributes)).span_type == expected

    def test_what_a_vector_database_found(self) -> None:
        found = {"db.query.result.id": "a", "db.query.result.document": "A", "db.query.result.metadata": '{"n": 1}'}

        assert content_of(told({"db.system": "chroma"}, ("db.query.result", found))).documents == (
            Document("A", "a", None, {"n": 1}),
        )


class TestPydanticAi:
    EVENTS = json.dumps(
        [
            {"event.name": "gen_ai.system.message", "content": "Help.", "role": "system"},
            {"event.name": "gen_ai.user.message", "content": "Why?", "role": "user"},
            {"event.name": "gen_ai.choice", "index": 0, "message": {"role": "assistant", "content": "Because."}},
        ]
    )

    def test_a_call_before_version_two(self) -> None:
        content = content_of(told({"events": self.EVENTS, "gen_ai.operation.name": "chat"}))

        assert (content.input_messages, content.output_messages) == (SAID, ANSWERED)

    def test_a_run_before_version_two(self) -> None:
        events = self.EVENTS.replace("gen_ai.choice", "gen_ai.assistant.message").replace('"message": {', '"x": {')
        attributes = {
            "agent_name": "shop",
            "all_messages_events": events.replace('"index": 0', '"content": "Because."'),
        }
        span = told(attributes | {"final_result": '{"answer": 1}'}, scope="pydantic-ai")
        content = content_of(span)

        assert facts_of(span).span_type == "AGENT"
        assert (content.input_messages, content.output_messages) == (SAID, ANSWERED)
        assert content.outputs == {"answer": 1}

    def test_a_run_and_its_answer_are_told_apart(self) -> None:
        messages = [
            {"role": "user", "parts": [{"type": "text", "content": "Why?"}]},
            {
                "role": "assistant",
                "parts": [{"type": "thinking", "content": "Hm."}, {"type": "text", "content": "Because."}],
            },
        ]
        span = told({"pydantic_ai.all_messages": json.dumps(messages), "gen_ai.system_instructions": "Help."})
        content = content_of(span)

        assert content.input_messages == SAID
        assert content.output_messages == (Message(Role.ASSISTANT, (Reasoning("Hm."), Text("Because."))),)

    def test_tools_offered_and_called(self) -> None:
        offered = (
            '{"function_tools": [{"name": "look", "parameters_json_schema": {"type": "object"}}], "output_tools": []}'
        )
        called = content_of(told({"tool_arguments": '{"n": 1}', "tool_response": "2"}))

        [tool] = content_of(told({"model_request_parameters": offered})).tools
        assert (tool.name, tool.parameters) == ("look", {"type": "object"})
        assert (called.inputs, called.outputs) == ({"n": 1}, "2")

    def test_logfire_has_request_and_response(self) -> None:
        response = {"message": {"role": "assistant", "content": "Because."}, "usage": {}}
        content = content_of(told({"request_data": json.dumps(CHAT), "response_data": json.dumps(response)}))

        assert (content.input_messages, content.output_messages) == (SAID, ANSWERED)

    def test_the_cost_that_it_computed_is_kept(self) -> None:
        assert facts_of(told({"operation.cost": 0.25})).cost == Cost(0.0, 0.0, 0.25)


MORE_KEYS = (
    "mlflow.spanInputs",
    "mlflow.spanOutputs",
    "mlflow.chat.tools",
    "mlflow.traceTag.x",
    "input.value",
    "output.value",
    "llm.input_messages.0.message.role",
    "llm.input_messages.0.message.content",
    "llm.input_messages.99999999999.x",
    "llm.input_messages.0.message.contents.0.message_content.type",
    "llm.input_messages.0.message.tool_calls.x.y",
    "llm.output_messages.1.message.tool_calls.0.tool_call.function.name",
    "llm.tools.0.tool.json_schema",
    "retrieval.documents.0.document.content",
    "retrieval.documents.0.document.score",
    "metadata",
    "tag.tags",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.tool.definitions",
    "gen_ai.prompt",
    "gen_ai.completion",
    "gen_ai.prompt.0.content",
    "gen_ai.completion.0.tool_calls.0.name",
    "gen_ai.prompt.0.role",
    "traceloop.entity.input",
    "traceloop.entity.output",
    "traceloop.association.properties.x",
    "llm.request.functions.0.parameters",
    "pydantic_ai.all_messages",
    "events",
    "all_messages_events",
    "final_result",
    "model_request_parameters",
    "request_data",
    "response_data",
    "gen_ai.retrieval.documents",
)
EVENT_NAMES = (
    "gen_ai.user.message",
    "gen_ai.choice",
    "gen_ai.content.prompt",
    "gen_ai.client.inference.operation.details",
    "db.query.result",
)
json_texts = values.map(lambda value: json.dumps(value, default=str))
attributes = st.dictionaries(st.sampled_from([*sorted(FACT_KEYS), *MORE_KEYS]), values | json_texts, max_size=8)
events = st.lists(
    st.builds(
        SpanEvent,
        name=st.sampled_from(EVENT_NAMES),
        time_ns=st.just(1),
        attributes=st.dictionaries(
            st.sampled_from(("content", "message", "tool_calls", "gen_ai.event.content", *MORE_KEYS)),
            values | json_texts,
            max_size=3,
        ),
    ),
    max_size=3,
)


@pytest.mark.slow
@settings(max_examples=100)
@given(found=attributes, happened=events, name=st.text(max_size=5), scope=st.sampled_from(["", "pydantic-ai", "ai"]))
def test_attributes_of_any_type_are_read_without_an_error(
    found: dict[str, AttributeValue], happened: list[SpanEvent], name: str, scope: str
) -> None:
    span = Told(name, scope, found, happened)

    facts = facts_of(span)
    assert all(
        text is None or isinstance(text, str) for text in (facts.model, facts.provider, facts.session, facts.user)
    )
    content_of(span)
    root = root_of(span)
    assert all(isinstance(value, str) for value in root.tags.values())


def test_every_convention_has_a_name_of_its_own() -> None:
    assert len({convention.name for convention in CONVENTIONS}) == len(CONVENTIONS)
