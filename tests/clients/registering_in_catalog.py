"""Register models and versions in Unity Catalog, find, change and delete them."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import os
from pathlib import Path

import mlflow
from report import attempt, write_report

NAME = os.environ["NAME"]
"""What the names of models begin with: catalog, schema and some letters."""
AGENT = Path(__file__).with_name("echoing_agent.py")
client = mlflow.MlflowClient()


def model_seen(model):
    return {
        "name": model.name.removeprefix(NAME),
        "description": model.description,
        "tags": dict(model.tags),
        "aliases": {alias: str(version) for alias, version in dict(model.aliases).items()},
    }


def version_seen(version):
    return {
        "name": version.name.removeprefix(NAME),
        "version": str(version.version),
        "status": version.status,
        "source": version.source,
        "description": version.description,
        "tags": dict(version.tags),
        "aliases": list(version.aliases),
    }


def models():
    """Make, change, rename and delete registered models."""
    one = f"{NAME}one"
    made = client.create_registered_model(one, tags={"team": "search", "n": "1"}, description="what it does é")
    report = {"made": model_seen(made), "got": model_seen(client.get_registered_model(one))}
    report["taken"] = attempt(lambda: client.create_registered_model(one))
    report["one level"] = attempt(lambda: client.create_registered_model("agent"))
    report["empty level"] = attempt(lambda: client.create_registered_model("main..agent"))
    client.update_registered_model(one, description="otherwise")
    client.set_registered_model_tag(one, "team", "ranking")
    client.delete_registered_model_tag(one, "n")
    report["changed"] = model_seen(client.get_registered_model(one))
    client.rename_registered_model(one, f"{NAME}two")
    report["renamed"] = model_seen(client.get_registered_model(f"{NAME}two"))
    report["renamed to one level"] = attempt(lambda: client.rename_registered_model(f"{NAME}two", "agent"))
    report["old name"] = attempt(lambda: client.get_registered_model(one))
    client.delete_registered_model(f"{NAME}two")
    report["deleted"] = attempt(lambda: client.get_registered_model(f"{NAME}two"))
    for number in range(3):
        client.create_registered_model(f"{NAME}page{number}")
    report["pages"] = paging()
    return report


def paging():
    """Read pages of two until there are no more; others' models are among them."""
    token, found = None, []
    while True:
        page = client.search_registered_models(max_results=2, page_token=token)
        found += [model.name.removeprefix(NAME) for model in page if model.name.startswith(f"{NAME}page")]
        token = page.token
        if not token:
            return found


def versions():
    """Make versions of a local model, change and delete them."""
    name = f"{NAME}v"
    mlflow.pyfunc.save_model("saved", python_model=str(AGENT), pip_requirements=["mlflow"])
    source = str(Path("saved").resolve())
    client.create_registered_model(name)
    made = client.create_model_version(name, source, tags={"k": "1"}, description="first")
    report = {"source": source, "made": version_seen(made), "got": version_seen(client.get_model_version(name, "1"))}
    report["of none"] = attempt(lambda: client.create_model_version(f"{NAME}none", source))
    client.update_model_version(name, "1", description="otherwise")
    client.set_model_version_tag(name, "1", "k", "2")
    client.set_model_version_tag(name, "1", "l", "ü")
    client.delete_model_version_tag(name, "1", "l")
    client.set_registered_model_alias(name, "best", "1")
    report["changed"] = version_seen(client.get_model_version(name, "1"))
    report["by alias"] = str(client.get_model_version_by_alias(name, "best").version)
    report["model"] = model_seen(client.get_registered_model(name))
    report["second"] = str(client.create_model_version(name, source).version)
    report["found"] = [str(each.version) for each in client.search_model_versions(f"name = '{name}'")]
    report["no alias"] = attempt(lambda: client.get_model_version_by_alias(name, "nobody"))
    report["uri"] = client.get_model_version_download_uri(name, "1").removeprefix(f"models:/{NAME}")
    client.delete_registered_model_alias(name, "best")
    report["alias deleted"] = attempt(lambda: client.get_model_version_by_alias(name, "best"))
    client.delete_model_version(name, "2")
    report["deleted"] = attempt(lambda: client.get_model_version(name, "2"))
    report["third"] = str(client.create_model_version(name, source).version)
    large = Path("saved", "data.bin")
    large.write_bytes(bytes(range(256)) * 40_000)
    client.create_model_version(name, source)
    read = Path(mlflow.artifacts.download_artifacts(f"models:/{name}/4/data.bin")).read_bytes()
    report["large"] = read == large.read_bytes()
    return report


def main():
    write_report({"models": models(), "versions": versions()})


main()
