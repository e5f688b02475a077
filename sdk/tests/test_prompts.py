import json
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import trilha
from trilha import _settings, genai, tracing
from trilha._client import later, prompt_links
from trilha._settings import read_settings
from trilha.entities import PromptModelConfig, PromptVersion
from trilha.exceptions import InvalidInput, NotFound, Unavailable
from trilha.testing import InMemory, in_memory

from sdk.tests.answering import Answer, Answering, Asked, asked_by_all

MISSING = (404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "there is none"})
LINKED = "mlflow.linkedPrompts"
CHAT = [{"role": "system", "content": "Be {{tone}}", "name": "s"}, {"role": "user", "content": "{{ q }}"}]
Json = dict[str, Any]


class Registry:
    """A server that keeps versions of prompts, and one version of an application."""

    def __init__(self) -> None:
        self.versions: dict[str, list[Json]] = {}
        self.aliases: dict[tuple[str, str], int] = {}
        self.linked: list[Json] = []
        self.model_tags: list[Json] = []
        self.is_busy = False

    def __call__(self, asked: Asked) -> Answer:
        if self.is_busy:
            return 503, {}
        said: Json = {key: each[0] for key, each in asked.query.items()} or asked.body
        match asked.method, asked.path.removeprefix("/api/2.0/mlflow"):
            case "POST", "/model-versions/create":
                return self._add(said)
            case "POST", "/registered-models/create":
                self.versions[said["name"]] = []
                return 200, {"registered_model": {"name": said["name"]}}
            case "GET", "/model-versions/get":
                return self._version(said["name"], int(said["version"]))
            case "GET", "/registered-models/alias":
                name, alias = said["name"], said["alias"]
                newest = len(self.versions.get(name, ()))
                return self._version(name, newest if alias == "latest" else self.aliases.get((name, alias), 0))
            case "POST", "/registered-models/alias":
                self.aliases[said["name"], said["alias"]] = int(said["version"])
                return 200, {}
            case "POST", "/traces/link-prompts":
                self.linked.append(said)
                return 200, {}
            case "GET", path if path.startswith("/logged-models/"):
                info = {"experiment_id": "1", "model_id": path.rpartition("/")[2], "tags": self.model_tags}
                return 200, {"model": {"info": info}}
            case "PATCH", _:
                self.model_tags = said["tags"]
                return 200, {}
            case _:
                return 200, {}

    def _add(self, said: Json) -> Answer:
        if said["name"] not in self.versions:
            return MISSING
        kept = self.versions[said["name"]]
        kept.append({**said, "version": str(len(kept) + 1)})
        return 200, {"model_version": kept[-1]}

    def _version(self, name: str, number: int) -> Answer:
        kept = self.versions.get(name, [])
        return (200, {"model_version": kept[number - 1]}) if 0 < number <= len(kept) else MISSING


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def server(registry: Registry) -> Iterator[Answering]:
    with asked_by_all(registry) as running:
        genai.register_prompt("greet", "Olá {{name}}", commit_message="first", tags={"author": "ana"})
        running.asked.clear()
        yield running  # at an address of its own, so that nothing of it is kept for the next test


@pytest.fixture
def captured(server: Answering) -> Iterator[InMemory]:
    with in_memory() as kept:
        yield kept


def linked(text: str | None) -> list[tuple[str, str]]:
    return [(entry["name"], entry["version"]) for entry in json.loads(text or "[]")]


# What a version is


def test_variables_are_filled_in():
    prompt = PromptVersion("p", 1, "Olá {{name}}, é {{ day }}")
    assert prompt.variables == {"name", "day"}
    assert prompt.format(name="Zé", day=3) == "Olá Zé, é 3"


def test_what_a_value_holds_is_no_variable():
    assert PromptVersion("p", 1, "{{a}} {{b}}").format(a="{{b}}", b=r"\1") == r"{{b}} \1"


def test_a_missing_variable_is_an_error_that_names_it():
    prompt = PromptVersion("p", 1, "{{a}} {{b}}", tags={"author": "ana"})
    with pytest.raises(InvalidInput, match="missing: b"):
        prompt.format(a=1)
    left = prompt.format(allow_partial=True, a=1)
    assert (left.template, left.variables, left.tags, left.uri) == ("1 {{b}}", {"b"}, {"author": "ana"}, "prompts:/p/1")


def test_a_chat_keeps_all_but_its_variables():
    prompt = PromptVersion("p", 1, [*CHAT, {"role": "user", "content": [{"type": "text", "text": "{{q}}"}]}])
    assert prompt.format(tone='"kind"', q="olá") == [
        {"role": "system", "content": 'Be "kind"', "name": "s"},
        {"role": "user", "content": "olá"},
        {"role": "user", "content": [{"type": "text", "text": "olá"}]},
    ]
    assert not prompt.is_text_prompt


def test_langchain_has_its_variables_in_single_braces():
    assert PromptVersion("p", 1, "Olá {{ name }} {x}").to_single_brace_format() == "Olá {name} {x}"
    assert PromptVersion("p", 1, CHAT).to_single_brace_format()[1] == {"role": "user", "content": "{q}"}


def test_a_template_of_jinja_wants_jinja():
    prompt = PromptVersion("p", 1, "{% if name %}{{ name }}{% endif %}")
    try:
        import jinja2  # noqa: F401  # pyright: ignore[reportMissingImports, reportUnusedImport]
    except ModuleNotFoundError:
        with pytest.raises(InvalidInput, match="jinja2"):
            prompt.format(name="a")
    else:
        assert prompt.format(name="a") == "a"


def test_a_configuration_keeps_what_is_particular_to_a_provider():
    config = PromptModelConfig.from_dict({"model_name": "m", "temperature": 1, "seed": 3, "top_p": None})
    assert config.to_dict() == {"model_name": "m", "temperature": 1.0, "seed": 3}
    with pytest.raises(InvalidInput, match="temperature"):
        PromptModelConfig.from_dict({"temperature": "hot"})


# Loading


@pytest.mark.parametrize(
    ("name", "version", "asked"),
    [
        ("greet", None, {"name": ["greet"], "alias": ["latest"]}),
        ("greet", 1, {"name": ["greet"], "version": ["1"]}),
        ("greet", "1", {"name": ["greet"], "version": ["1"]}),
        ("prompts:/greet/1", None, {"name": ["greet"], "version": ["1"]}),
        ("prompts:/greet@production", None, {"name": ["greet"], "alias": ["production"]}),
        ("prompts:/main.default.greet@latest", None, {"name": ["main.default.greet"], "alias": ["latest"]}),
    ],
)
def test_a_prompt_has_several_addresses(server: Answering, name: str, version: Any, asked: dict[str, list[str]]):
    genai.load_prompt(name, version, allow_missing=True)
    assert [each.query for each in server.asked] == [asked]


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("prompts:/greet/latest", None),
        ("prompts:/greet", None),
        ("prompts:/@latest", None),
        ("prompts:/a/b/1", None),
        ("greet", "production"),
        ("prompts:/greet/1", 1),
    ],
)
def test_what_is_no_address_is_an_error_before_the_server_is_asked(server: Answering, name: str, version: Any):
    with pytest.raises(InvalidInput, match="prompts:/"):
        genai.load_prompt(name, version, allow_missing=True)
    assert server.asked == []


def test_a_version_is_read_as_it_was_registered(server: Answering):
    genai.register_prompt("greet", CHAT, model_config={"model_name": "m"}, response_format={"type": "object"})
    first, second = genai.load_prompt("greet", 1), genai.load_prompt("greet")
    assert (first.template, first.commit_message, first.tags) == ("Olá {{name}}", "first", {"author": "ana"})
    assert (second.version, second.template, second.model_config) == (2, CHAT, {"model_name": "m"})
    assert (second.response_format, second.tags) == ({"type": "object"}, {})


def test_what_is_not_there_is_an_error_unless_it_may_be_missing(server: Answering):
    with pytest.raises(NotFound):
        genai.load_prompt("greet", 9)
    assert genai.load_prompt("greet", 9, allow_missing=True) is None


def test_a_server_that_is_no_registry_is_not_taken_for_a_missing_prompt(server: Answering):
    def answers(asked: Asked) -> Answer:
        return 404, b"nothing here"

    server.answers = answers
    with pytest.raises(NotFound, match="does not offer this"):
        genai.load_prompt("greet", 1, allow_missing=True)


def test_a_model_is_no_prompt(registry: Registry, server: Answering):
    registry.versions["model"] = [{"name": "model", "version": "1", "tags": []}]
    with pytest.raises(InvalidInput, match="of a model"):
        genai.load_prompt("model", 1)


def test_a_version_is_asked_for_once_and_an_alias_once_in_a_while(server: Answering):
    for _ in range(3):
        genai.load_prompt("greet", 1)
        genai.load_prompt("prompts:/greet@latest", cache_ttl_seconds=0.3)
    assert len(server.asked) == 2
    time.sleep(0.4)
    genai.load_prompt("greet", 1)
    genai.load_prompt("prompts:/greet@latest")
    genai.load_prompt("prompts:/greet@latest")
    assert len(server.asked) == 3


def test_a_call_may_ask_all_the_same(server: Answering):
    genai.load_prompt("greet", 1)
    genai.load_prompt("greet", 1, cache_ttl_seconds=0)
    assert len(server.asked) == 2
    with pytest.raises(InvalidInput):
        genai.load_prompt("greet", 1, cache_ttl_seconds=-1)


def test_how_long_prompts_are_kept_is_said_by_the_environment():
    said = read_settings({"MLFLOW_ALIAS_PROMPT_CACHE_TTL_SECONDS": "5", "MLFLOW_VERSION_PROMPT_CACHE_TTL_SECONDS": "0"})
    assert (said.prompt_alias_kept_s, said.prompt_version_kept_s) == (5.0, 0.0)


def test_whoever_changes_a_prompt_reads_the_change(server: Answering):
    assert genai.load_prompt("greet").version == 1
    genai.register_prompt("greet", "Oi")
    assert genai.load_prompt("greet").version == 2
    genai.set_prompt_alias("greet", "production", 1)
    assert genai.load_prompt("prompts:/greet@production").version == 1
    genai.set_prompt_alias("greet", "production", 2)
    assert genai.load_prompt("prompts:/greet@production").version == 2


def test_what_one_caller_does_to_a_prompt_no_other_sees(server: Answering):
    genai.load_prompt("greet", 1).tags["mine"] = "yes"
    assert "mine" not in genai.load_prompt("greet", 1).tags


def test_another_server_has_other_prompts(registry: Registry, server: Answering):
    genai.load_prompt("greet", 1)
    with Answering(Registry()) as other:
        _settings.change(tracking_uri=other.url)
        with pytest.raises(NotFound):
            genai.load_prompt("greet", 1)


def test_a_prompt_that_was_read_is_there_while_the_server_is_away(registry: Registry, server: Answering):
    genai.load_prompt("greet", 1)
    registry.is_busy = True
    assert genai.load_prompt("greet", 1).template == "Olá {{name}}"
    with pytest.raises(Unavailable):
        genai.load_prompt("greet", 2)


# Registering


@pytest.mark.parametrize("template", [[], [{"role": "user"}]])
def test_a_template_is_text_or_messages(server: Answering, template: Any):
    with pytest.raises(InvalidInput):
        genai.register_prompt("greet", template)
    with pytest.raises(InvalidInput):
        genai.register_prompt("no spaces", "text")
    assert server.asked == []


def test_tags_of_a_new_version_are_tags_of_the_prompt_too(server: Answering):
    genai.register_prompt("greet", "Oi", tags={"author": "zé"})
    (told,) = [each.body for each in server.asked if each.path.endswith("/registered-models/set-tag")]
    assert told == {"name": "greet", "key": "author", "value": "zé"}


def test_a_schema_of_unity_catalog_is_searched_as_such(server: Answering):
    genai.search_prompts("catalog = 'main' AND schema = 'default' AND name LIKE 'x%'")
    (asked,) = server.asked
    assert asked.path.endswith("/unity-catalog/prompts/search")
    assert asked.body["catalog_schema"] == {"catalog_name": "main", "schema_name": "default"}
    assert asked.body["filter"] == "name LIKE 'x%'"


# Linking


def test_a_prompt_is_linked_to_the_trace_and_to_the_span_without_a_request(server: Answering, captured: InMemory):
    genai.register_prompt("bye", "Tchau")
    with trilha.start_span("answer"):
        genai.load_prompt("greet", 1)
        with trilha.start_span("inner"):
            genai.load_prompt("bye", 1)
            genai.load_prompt("greet", 1)
        before = len(server.asked)
        genai.load_prompt("greet", 1)
    (trace,) = captured.traces
    assert linked(trace.tags[LINKED]) == [("greet", "1"), ("bye", "1")]
    told = {span.name: linked(span.get_attribute(LINKED)) for span in captured.spans}
    assert told == {"answer": [("greet", "1")], "inner": [("bye", "1"), ("greet", "1")]}
    assert len(server.asked) == before


def test_a_client_reads_without_linking(server: Answering, captured: InMemory):
    with trilha.start_span("answer"):
        assert trilha.MlflowClient().load_prompt("greet", 1) is not None
    assert LINKED not in captured.traces[0].tags


@pytest.mark.parametrize("ratio", [0.0, 1.0])
def test_outside_of_a_kept_trace_a_prompt_is_loaded_all_the_same(server: Answering, ratio: float):
    _settings.change(sampling_ratio=ratio)
    assert genai.load_prompt("greet", 1).version == 1
    if ratio == 0.0:
        with trilha.start_span("answer"):
            assert genai.load_prompt("greet", 1).version == 1
    with tracing.context(enabled=False):
        assert genai.load_prompt("greet", 1).version == 1


def test_threads_that_load_at_once_lose_no_link(registry: Registry, server: Answering, captured: InMemory):
    (version,) = registry.versions["greet"]
    registry.versions.update({f"p{number}": [{**version, "name": f"p{number}"}] for number in range(30)})

    def load(number: int) -> None:
        genai.load_prompt(f"p{number}", 1)

    with trilha.start_span("answer"):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(tracing.propagate(load), range(30)))
    (trace,) = captured.traces
    assert len(linked(trace.tags[LINKED])) == 30


def test_a_tag_that_is_no_list_of_prompts_gives_way(server: Answering, captured: InMemory):
    with trilha.start_span("answer"):
        trilha.update_current_trace(tags={LINKED: "mine"})
        genai.load_prompt("greet", 1)
    assert linked(captured.traces[0].tags[LINKED]) == [("greet", "1")]


def test_what_is_loaded_after_the_trace_has_ended_is_told_by_a_request(registry: Registry, server: Answering):
    root = trilha.start_span_no_context("answer")
    child = trilha.start_span_no_context("later", parent_span=root)
    root.end()
    load = trilha.trace(lambda: genai.load_prompt("greet", 1), name="load")
    from trilha._context import enter, leave

    entered = enter(child)
    load()
    leave(entered)
    child.end()
    assert later_done()
    assert registry.linked == [{"trace_id": root.trace_id, "prompt_versions": [{"name": "greet", "version": "1"}]}]


def test_the_active_version_tells_of_each_prompt_once(registry: Registry, server: Answering, captured: InMemory):
    version_id = f"m-{0:032x}"
    genai.register_prompt("bye", "Tchau")
    for _ in range(3):
        genai.load_prompt("greet", 1, model_id=version_id)
        genai.load_prompt("bye", 1, model_id=version_id)
    assert later_done()
    (tag,) = registry.model_tags
    assert linked(tag["value"]) == [("greet", "1"), ("bye", "1")]
    assert len([each for each in server.asked if each.method == "PATCH"]) == 2


def test_a_version_need_not_be_linked(registry: Registry, server: Answering, captured: InMemory):
    genai.load_prompt("greet", 1, link_to_model=False, model_id=f"m-{0:032x}")
    assert later_done()
    assert registry.model_tags == []


def test_a_version_that_could_not_be_told_is_told_with_the_next_load(registry: Registry, server: Answering):
    version_id = f"m-{0:032x}"
    genai.load_prompt("greet", 1)
    registry.is_busy = True
    genai.load_prompt("greet", 1, model_id=version_id)
    assert later_done()
    registry.is_busy = False
    genai.load_prompt("greet", 1, model_id=version_id)
    assert later_done()
    assert linked(registry.model_tags[0]["value"]) == [("greet", "1")]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_may_load_while_a_thread_of_its_parent_did(server: Answering):
    genai.load_prompt("greet", 1)
    held, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with prompt_links.merging[0]:
            held.set()
            leave.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    child = os.fork()
    if child == 0:
        with trilha.start_span("answer"):
            genai.load_prompt("greet", 1)
        os._exit(0)
    leave.set()
    holder.join()
    assert os.waitpid(child, 0)[1] == 0


def later_done(timeout_s: float = 10.0) -> bool:
    """Wait until what was put off until now is done; tells whether it is."""
    done = threading.Event()
    later.soon(done.set)
    return done.wait(timeout_s)
