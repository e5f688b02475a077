"""What the conventions of frameworks tell besides a chat with a tool, and in older spellings."""

import pytest
from trilha_server.domain.message import Document, Message, Reasoning, Role, Text, ToolCall
from trilha_server.domain.span import AttributeValue, Cost, SpanEvent, TokenUsage
from trilha_server.normalise.convention import Told
from trilha_server.normalise.meaning import content_of, facts_of, root_of
from trilha_server.normalise.messages.turns import answered, joined
from trilha_server.normalise.providers import provider_of
from trilha_server.normalise.trace_tags import labels, noted_under


def told(attributes: dict[str, AttributeValue], *events: SpanEvent, name: str = "a span", scope: str = "") -> Told:
    return Told(name, scope, attributes, events)


def event(name: str, **attributes: AttributeValue) -> SpanEvent:
    return SpanEvent(name=name, time_ns=1, attributes=attributes)


# Types.


@pytest.mark.parametrize(
    ("key", "value", "span_type"),
    [
        ("ai.operationId", "ai.streamText.doStream", "LLM"),
        ("ai.operationId", "ai.generateObject", "LLM"),
        ("ai.operationId", "ai.embedMany.doEmbed", "EMBEDDING"),
        ("ai.operationId", "ai.rerank", "RERANKER"),
        ("langfuse.observation.type", "guardrail", "GUARDRAIL"),
        ("langfuse.observation.type", "embedding", "EMBEDDING"),
        ("langfuse.observation.type", "span", "UNKNOWN"),
        ("langsmith.span.kind", "llm", "LLM"),
        ("langsmith.span.kind", "parser", "PARSER"),
        ("lmnr.span.type", "EXECUTOR", "AGENT"),
        ("lmnr.span.type", "CACHED", "LLM"),
        ("lmnr.span.type", "EVALUATOR", "EVALUATOR"),
        ("spring.ai.kind", "advisor", "CHAIN"),
        ("spring.ai.kind", "vector_store", "RETRIEVER"),
        ("gen_ai.operation.name", "embedding", "EMBEDDING"),
        ("gen_ai.operation.name", "agent_call", "AGENT"),
        ("lk.function_tool.name", "find_order", "TOOL"),
    ],
)
def test_a_step_has_the_type_that_its_framework_gives_it(key: str, value: str, span_type: str) -> None:
    assert facts_of(told({key: value})).span_type == span_type


def test_a_step_of_an_agent_in_voltagent_is_no_agent() -> None:
    marks: dict[str, AttributeValue] = {"entity.type": "agent", "entity.id": "answer"}
    assert facts_of(told(marks)).span_type == "AGENT"
    assert facts_of(told({**marks, "span.type": "retriever"})).span_type == "RETRIEVER"
    assert facts_of(told({"entity.type": "workflow", "entity.id": "w"})).span_type == "WORKFLOW"


def test_a_span_that_only_uses_the_words_of_claude_code_is_not_its() -> None:
    words: dict[str, AttributeValue] = {"span.type": "tool", "model": "m", "input_tokens": 3}
    assert facts_of(told(words)).usage is None
    assert facts_of(told(words, scope="com.anthropic.claude_code.tracing")).usage == TokenUsage(3, 0, 3)
    assert facts_of(told(words, name="claude_code.tool")).span_type == "TOOL"


# Tokens and money.


def test_the_ai_sdk_before_version_6_counts_anthropics_cache_apart() -> None:
    counts: dict[str, AttributeValue] = {
        "ai.operationId": "ai.generateText.doGenerate",
        "ai.usage.inputTokens": 100,
        "ai.usage.cachedInputTokens": 40,
        "ai.usage.outputTokens": 10,
    }
    anthropic = facts_of(told({**counts, "ai.model.provider": "anthropic.messages"}))
    openai = facts_of(told({**counts, "ai.model.provider": "openai.responses"}))
    newer = facts_of(
        told({**counts, "ai.model.provider": "anthropic.messages", "ai.usage.inputTokenDetails.noCacheTokens": 60})
    )
    assert anthropic.usage == TokenUsage(140, 10, 150, 40)
    assert openai.usage == newer.usage == TokenUsage(100, 10, 110, 40)


def test_the_ai_sdk_counts_prompts_objects_and_embeddings_under_other_names() -> None:
    assert facts_of(told({"ai.usage.promptTokens": 7, "ai.usage.completionTokens": 2})).usage == TokenUsage(7, 2, 9)
    assert facts_of(told({"ai.usage.tokens": 7})).usage == TokenUsage(7, 0, 7)


@pytest.mark.parametrize(
    ("details", "usage"),
    [
        ('{"input": 60, "input_cache_read": 40, "output": 8, "output_reasoning": 2}', (100, 10, 110, 40, None, 2)),
        (
            '{"input": 60, "cache_read_input_tokens": 40, "cache_creation_input_tokens": 5, "output": 8}',
            (105, 8, 113, 40, 5),
        ),
        ('{"input_tokens": 60, "cache_read_input_tokens": 40, "output_tokens": 8}', (100, 8, 108, 40)),
        ('{"input_tokens": 60, "input_tokens_details": {"cached_tokens": 40}, "output_tokens": 8}', (60, 8, 68, 40)),
        ('{"input": 60, "input_priority_cache_read": 40, "output": 8}', (60, 8, 68)),
        ('{"input": 12}', (12, 0, 12)),
        ('{"output": "many"}', None),
        ("12", None),
    ],
)
def test_langfuse_tells_tokens_in_buckets_or_as_the_provider_did(details: str, usage: tuple[int, ...] | None) -> None:
    expected = None if usage is None else TokenUsage(*usage)
    assert facts_of(told({"langfuse.observation.usage_details": details})).usage == expected


def test_costs_that_a_framework_computed_are_read() -> None:
    langfuse = facts_of(
        told({"langfuse.observation.cost_details": '{"input": 0.5, "input_cache_read": 0.25, "output": 1}'})
    )
    assert langfuse.cost == Cost(0.75, 1.0, 1.75)
    assert facts_of(told({"langfuse.observation.cost_details": '{"total": 2.5}'})).cost == Cost(0.0, 0.0, 2.5)
    assert facts_of(told({"langfuse.observation.cost_details": "{}"})).cost is None
    assert facts_of(told({"entity.id": "a", "usage.cost": 0.5})).cost == Cost(0.0, 0.0, 0.5)
    assert facts_of(told({"gen_ai.usage.input_cost": 0.5, "gen_ai.usage.cost": 0.75})).cost == Cost(0.5, 0.0, 0.75)


def test_langsmith_prints_details_of_tokens_as_python_does() -> None:
    usage = facts_of(
        told(
            {
                "langsmith.span.kind": "llm",
                "gen_ai.usage.input_tokens": 100,
                "gen_ai.usage.output_tokens": 10,
                "gen_ai.usage.input_token_details": "{'audio': 0, 'cache_read': 40}",
                "gen_ai.usage.output_token_details": "{'reasoning': 4}",
            }
        )
    ).usage
    assert usage == TokenUsage(100, 10, 110, 40, None, 4, 0)


def test_livekit_counted_in_its_own_words_before_it_wrote_genai() -> None:
    metrics = '{"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11, "prompt_cached_tokens": 4}'
    realtime = '{"input_tokens": 9, "output_tokens": 2, "total_tokens": 11, "input_token_details": {"audio_tokens": 5}}'
    assert facts_of(told({"lk.llm_metrics": metrics})).usage == TokenUsage(9, 2, 11, 4)
    assert facts_of(told({"lk.realtime_model_metrics": realtime})).usage == TokenUsage(9, 2, 11, input_audio_tokens=5)


def test_spring_ai_writes_numbers_as_text() -> None:
    assert facts_of(told({"gen_ai.usage.input_tokens": "9", "gen_ai.usage.output_tokens": "2"})).usage == TokenUsage(
        9, 2, 11
    )
    assert facts_of(told({"gen_ai.usage.input_tokens": "nine"})).usage is None


# Who.


@pytest.mark.parametrize(
    ("key", "scope"),
    [
        ("ai.telemetry.metadata.threadId", ""),
        ("langfuse.session.id", "langfuse-sdk"),
        ("langsmith.metadata.thread_id", "langsmith"),
        ("lmnr.association.properties.session_id", "lmnr.tracer"),
        ("gcp.vertex.agent.session_id", "gcp.vertex.agent"),
        ("spring.ai.chat.client.conversation.id", ""),
        ("lk.room_sid", "livekit-agents"),
        ("gen_ai.conversation.id", "gemini-cli"),
    ],
)
def test_the_session_is_found_wherever_it_is_written(key: str, scope: str) -> None:
    assert facts_of(told({key: "s-1"}, scope=scope)).session == "s-1"


@pytest.mark.parametrize(
    "key",
    [
        "ai.telemetry.metadata.user_id",
        "langfuse.user.id",
        "langsmith.metadata.user_id",
        "lmnr.association.properties.user_id",
        "lk.pii.participant_identity",
        "lk.participant_identity",
    ],
)
def test_the_user_is_found_wherever_it_is_written(key: str) -> None:
    assert facts_of(told({key: "ana"})).user == "ana"


def test_ids_may_be_numbers() -> None:
    facts = facts_of(told({"langsmith.metadata.session_id": 17, "langsmith.metadata.user_id": 4}))
    assert (facts.session, facts.user) == ("17", "4")


@pytest.mark.parametrize(
    ("name", "provider"),
    [
        ("openai.responses", "openai"),
        ("google.vertex.anthropic.messages", "gcp.vertex_ai"),
        ("google.generative-ai", "gcp.gemini"),
        ("amazon-bedrock", "aws.bedrock"),
        ("azure_openai", "azure.ai.openai"),
        ("xai.chat", "x_ai"),
        ("anthropic", "anthropic"),
        ("aws.bedrock", "aws.bedrock"),
        ("my.own.gateway", "my.own.gateway"),
        ("", ""),
    ],
)
def test_providers_are_spelled_one_way(name: str, provider: str) -> None:
    assert provider_of(name) == provider


def test_a_model_may_stand_behind_its_provider() -> None:
    facts = facts_of(told({"entity.type": "agent", "span.type": "llm", "llm.model": "openai/gpt-4o-mini"}))
    assert (facts.model, facts.provider) == ("gpt-4o-mini", "openai")


@pytest.mark.parametrize(
    ("model", "provider"),
    [("gemini-2.5-pro", "gcp.gemini"), ("anthropic/claude-sonnet-4-5", "anthropic"), ("projects/p/models/x", None)],
)
def test_the_adk_puts_its_own_name_where_the_provider_belongs(model: str, provider: str | None) -> None:
    attributes: dict[str, AttributeValue] = {"gen_ai.system": "gcp.vertex.agent", "gen_ai.request.model": model}
    facts = facts_of(told(attributes, name="call_llm", scope="gcp.vertex.agent"))
    assert facts.span_type == "LLM"
    if provider is not None:
        assert facts.provider == provider


# The trace.


def test_a_root_names_its_trace() -> None:
    assert root_of(told({"ai.operationId": "ai.generateText", "ai.telemetry.functionId": "answer"})).name == "answer"
    assert root_of(told({"langfuse.trace.name": "answer"})).name == "answer"
    assert root_of(told({"langsmith.span.kind": "chain", "langsmith.trace.name": "answer"})).name == "answer"
    assert root_of(told({"http.route": "/answer"})).name is None


def test_labels_and_notes_become_tags() -> None:
    tags = root_of(
        told(
            {
                "langfuse.trace.tags": ["beta", "shop"],
                "langfuse.trace.metadata.plan": '"gold"',
                "langfuse.trace.metadata.seats": "3",
                "langfuse.environment": "production",
                "lmnr.association.properties.metadata.region": "eu",
                "lmnr.association.properties.tags": ["slow"],
            }
        )
    ).tags
    assert tags == {
        "beta": "true",
        "shop": "true",
        "plan": "gold",
        "seats": "3",
        "environment": "production",
        "region": "eu",
        "slow": "true",
    }


def test_notes_cannot_rename_a_trace() -> None:
    assert labels(["mlflow.traceName", " ", 3, "ok"]) == {"ok": "true"}
    assert noted_under({"a.mlflow.traceName": "x", "a.": "y", "a.n": None, "a.b": {"c": 1}}, "a.") == {"b": '{"c":1}'}


def test_langchains_own_notes_are_no_tags() -> None:
    notes: dict[str, AttributeValue] = {
        "langsmith.span.kind": "chain",
        "langsmith.metadata.ls_method": "traceable",
        "langsmith.metadata.LANGSMITH_PROJECT": "default",
        "langsmith.metadata.thread_id": "s-1",
        "langsmith.metadata.plan": "gold",
    }
    assert root_of(told(notes)).tags == {"plan": "gold"}


# Content.


def test_what_an_object_an_embedding_and_a_ranking_gave_is_their_output() -> None:
    made = content_of(told({"ai.operationId": "ai.generateObject", "ai.response.object": '{"city": "Lisbon"}'}))
    assert made.outputs == {"city": "Lisbon"}
    embedded = content_of(told({"ai.operationId": "ai.embed", "ai.value": '"words"', "ai.embedding": "[0.5, 1]"}))
    assert (embedded.inputs, embedded.outputs) == ("words", [0.5, 1])
    ranked = content_of(
        told({"ai.operationId": "ai.rerank", "ai.documents": ['"one"', '"two"'], "ai.ranking": ['{"index":1}']})
    )
    assert ranked.documents == (Document("one"), Document("two"))
    assert ranked.outputs == [{"index": 1}]


def test_a_prompt_of_the_ai_sdk_may_be_words_or_messages() -> None:
    said = content_of(told({"ai.prompt": '{"system": "Be kind.", "messages": [{"role": "user", "content": "Hi"}]}'}))
    assert said.input_messages == (Message(Role.SYSTEM, (Text("Be kind."),)), Message(Role.USER, (Text("Hi"),)))
    words = content_of(told({"ai.prompt": '{"prompt": "Hi"}'}))
    assert words.input_messages == (Message(Role.USER, (Text("Hi"),)),)


def test_retrieved_documents_are_found() -> None:
    langfuse = told(
        {"langfuse.observation.type": "retriever", "langfuse.observation.output": '[{"page_content": "a"}]'}
    )
    langsmith = told(
        {"langsmith.span.kind": "retriever", "gen_ai.completion": '{"documents": [{"page_content": "a"}]}'}
    )
    spring = told({"spring.ai.kind": "vector_store", "db.vector.query.response.documents": '["a"]'})
    for span in (langfuse, langsmith, spring):
        assert content_of(span).documents == (Document("a"),)


def test_what_was_said_to_livekit_had_shorter_names_once() -> None:
    turn = content_of(told({"lk.user_input": "Hi", "lk.instructions": "Be kind.", "lk.response.text": "Hello"}))
    assert turn.input_messages == (Message(Role.SYSTEM, (Text("Be kind."),)), Message(Role.USER, (Text("Hi"),)))
    assert turn.output_messages == (Message(Role.ASSISTANT, (Text("Hello"),)),)
    calls = '[{"id": "item_1", "call_id": "call_1", "name": "f", "arguments": "{}"}]'
    node = content_of(told({"lk.response.text": "", "lk.response.function_calls": calls}))
    assert node.output_messages == (Message(Role.ASSISTANT, (ToolCall("f", {}, "call_1"),)),)


def test_what_is_redacted_is_not_shown() -> None:
    interaction = told({"span.type": "interaction", "user_prompt": "<REDACTED>"}, name="claude_code.interaction")
    assert content_of(interaction).inputs is None
    assert content_of(interaction).input_messages == ()


def test_a_tool_of_claude_code_has_its_words_in_an_event_or_in_attributes() -> None:
    whole = told({"span.type": "tool"}, event("tool.output", input='{"a": 1}', output="done"), name="claude_code.tool")
    assert (content_of(whole).inputs, content_of(whole).outputs) == ({"a": 1}, "done")
    command = told({"span.type": "tool", "full_command": "ls"}, name="claude_code.tool")
    assert content_of(command).inputs == "ls"


def test_content_that_is_turned_off_is_no_content() -> None:
    attributes: dict[str, AttributeValue] = {
        "gcp.vertex.agent.llm_request": "{}",
        "gcp.vertex.agent.llm_response": "{}",
        "gcp.vertex.agent.tool_call_args": "N/A",
        "gcp.vertex.agent.tool_response": "<not specified>",
    }
    content = content_of(told(attributes, scope="gcp.vertex.agent"))
    assert (content.inputs, content.outputs, content.input_messages) == (None, None, ())


# Turns.


def test_an_answer_told_in_pieces_is_one_message() -> None:
    (message,) = answered(
        text="Yes.", reasoning="Hm.", calls='[{"name": "f", "arguments": "{}"}]', finish_reason="stop"
    )
    assert message == Message(Role.ASSISTANT, (Reasoning("Hm."), Text("Yes."), ToolCall("f", {})), finish_reason="stop")
    assert answered(text="", calls="[]", finish_reason="stop") == ()


def test_streamed_pieces_run_together() -> None:
    pieces = [
        Message(Role.USER, (Text("a"),)),
        Message(Role.ASSISTANT, (Text("b"),)),
        Message(Role.ASSISTANT, (Text("c"),)),
    ]
    assert joined(pieces) == (Message(Role.USER, (Text("a"),)), Message(Role.ASSISTANT, (Text("bc"),)))
