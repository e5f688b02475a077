"""Register prompts, load, find, change and delete them; use them in a trace."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import os
import time

import mlflow
from report import attempt, write_report

NAME = os.environ["PROMPTS"]
"""What the names of prompts begin with; on Unity Catalog, with catalog and schema."""
IN_UNITY_CATALOG = NAME.count(".") == 2
client = mlflow.MlflowClient()


def seen(prompt):
    return {
        "name": prompt.name.removeprefix(NAME),
        "version": prompt.version,
        "template": prompt.template,
        "commit_message": prompt.commit_message,
        "tags": dict(prompt.tags),
        "aliases": sorted(prompt.aliases or []),
        "variables": sorted(prompt.variables),
    }


def load(name, version=None, **how):
    return mlflow.genai.load_prompt(f"{NAME}{name}", version=version, cache_ttl_seconds=0, **how)


def load_uri(rest, **how):
    return mlflow.genai.load_prompt(f"prompts:/{NAME}{rest}", cache_ttl_seconds=0, **how)


def basics():
    """Make versions and read them."""
    first = mlflow.genai.register_prompt(
        name=f"{NAME}greet", template="Olá {{name}}, é {{day}}", commit_message="first", tags={"author": "ana"}
    )
    second = mlflow.genai.register_prompt(
        name=f"{NAME}greet",
        template=[{"role": "system", "content": "Be {{tone}}"}, {"role": "user", "content": "{{q}}"}],
        commit_message="as a chat",
        model_config={"model_name": "m", "temperature": 0.5},
        response_format={"type": "object"},
    )
    read = load("greet", 2)
    return {
        "first": seen(first),
        "second": seen(second),
        "loaded": seen(load("greet", 1)),
        "chat": seen(read),
        "model config": read.model_config,
        "response format": read.response_format,
        "formatted": load("greet", 1).format(name="Zé", day="hoje"),
        "latest": seen(load_uri("greet@latest")),
        "missing version": attempt(lambda: seen(load("greet", 9))),
        "missing": attempt(lambda: seen(load("nobody", 1))),
        "allowed to miss": load("nobody", 1, allow_missing=True),
        "alias allowed to miss": attempt(lambda: load_uri("greet@nobody", allow_missing=True)),
    }


def changes():
    """Set and delete aliases and tags."""
    name = f"{NAME}greet"
    mlflow.genai.set_prompt_alias(name, alias="production", version=1)
    report = {"alias": seen(load_uri("greet@production"))}
    mlflow.genai.set_prompt_alias(name, alias="production", version=2)
    report["moved"] = load_uri("greet@production").version
    mlflow.genai.delete_prompt_alias(name, alias="production")
    report["no alias"] = attempt(lambda: seen(load_uri("greet@production")))
    mlflow.genai.set_prompt_tag(name, "team", "búsca")
    mlflow.genai.set_prompt_tag(name, "gone", "x")
    mlflow.genai.delete_prompt_tag(name, "gone")
    report["tags"] = {key: dict(mlflow.genai.get_prompt_tags(name)).get(key) for key in ("team", "gone")}
    mlflow.genai.set_prompt_version_tag(name, 1, "reviewed", "sim")
    mlflow.genai.set_prompt_version_tag(name, 1, "gone", "x")
    mlflow.genai.delete_prompt_version_tag(name, 1, "gone")
    tags = dict(load("greet", 1).tags)
    report["version tags"] = {key: tags.get(key) for key in ("reviewed", "gone", "author")}
    return report


def where(more=""):
    if not IN_UNITY_CATALOG:
        return f"name LIKE '{NAME}%'{more}"
    catalog, schema, _ = NAME.split(".")
    return f"catalog = '{catalog}' AND schema = '{schema}'{more}"


def searches():
    """Find prompts and their versions."""
    for number in range(3):
        mlflow.genai.register_prompt(name=f"{NAME}page{number}", template=f"t{number}")

    def names(found):
        return sorted(prompt.name.removeprefix(NAME) for prompt in found if prompt.name.startswith(NAME))

    versions = client.search_prompt_versions(f"{NAME}greet")
    found = getattr(versions, "prompt_versions", versions)  # the client hands Unity Catalog's answer on as it came
    report = {
        "all": names(mlflow.genai.search_prompts(where())),
        "limited": len(list(mlflow.genai.search_prompts(where(), max_results=2))),
        "versions": [int(version.version) for version in found],
    }
    if not IN_UNITY_CATALOG:
        report["by tag"] = names(mlflow.genai.search_prompts(where(" AND tags.team = 'búsca'")))
        listed = [model.name for model in client.search_registered_models(max_results=1000)]
        report["among models"] = [name for name in listed if name.startswith(NAME)]
        report["without prompts"] = names(
            client.search_registered_models(f"{where()} AND tags.`mlflow.prompt.is_prompt` = 'false'")
        )
        counted = client.search_model_versions(f"name = '{NAME}greet'")
        report["among versions"] = [version.version for version in counted]
    return report


def clashes():
    """Give a model the name of a prompt, and a prompt the name of a model."""
    client.create_registered_model(f"{NAME}model")
    return {
        "prompt on model": attempt(lambda: mlflow.genai.register_prompt(name=f"{NAME}model", template="x")),
        "model on prompt": attempt(lambda: client.create_registered_model(f"{NAME}greet")),
    }


def deletions():
    """Delete a version, then the prompt."""
    name = f"{NAME}doomed"
    mlflow.genai.register_prompt(name=name, template="one")
    mlflow.genai.register_prompt(name=name, template="two")
    client.delete_prompt_version(name, "1")
    report = {"version": attempt(lambda: seen(load("doomed", 1))), "other": load("doomed", 2).template}
    if IN_UNITY_CATALOG:
        report["not empty"] = attempt(lambda: client.delete_prompt(name))
        client.delete_prompt_version(name, "2")
    client.delete_prompt(name)
    report["deleted"] = load("doomed", 2, allow_missing=True)
    report["info"] = client.get_prompt(name)
    return report


def tracing():
    """Load a prompt inside a trace: the trace knows which."""
    mlflow.set_experiment(os.environ["EXPERIMENT"])

    @mlflow.trace
    def answer():
        return load("greet", 1).format(name="a", day="b")

    answer()
    trace_id = mlflow.get_last_active_trace_id()
    mlflow.flush_trace_async_logging()
    wanted = f"prompt = '{NAME}greet/1'"
    deadline_s = time.monotonic() + 20
    while time.monotonic() < deadline_s:  # the client links in a thread of its own
        found = [trace.info.trace_id for trace in mlflow.search_traces(filter_string=wanted, return_type="list")]
        if found:
            break
        time.sleep(0.2)
    return {"found": found == [trace_id], "tag": mlflow.get_trace(trace_id).info.tags.get("mlflow.linkedPrompts")}


def main():
    report = {"basics": basics(), "changes": changes(), "searches": searches(), "tracing": tracing()}
    if not IN_UNITY_CATALOG:
        report["clashes"] = clashes()
    report["deletions"] = deletions()
    write_report(report)


main()
