"""Register models and versions, find, change and delete them."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import os

import mlflow
from report import attempt, write_report

NAME = os.environ["EXPERIMENT"].replace("/", "-")
client = mlflow.MlflowClient()


def model_seen(model):
    return {
        "name": model.name.removeprefix(NAME),
        "description": model.description,
        "tags": dict(model.tags),
        "aliases": {alias: str(version) for alias, version in dict(model.aliases).items()},
        "created_ms": model.creation_timestamp,
        "updated_ms": model.last_updated_timestamp,
        "latest": sorted([version.current_stage, str(version.version)] for version in model.latest_versions),
    }


def version_seen(version):
    return {
        "name": version.name.removeprefix(NAME),
        "version": str(version.version),
        "source": version.source,
        "run_id": version.run_id,
        "run_link": version.run_link,
        "status": version.status,
        "stage": version.current_stage,
        "description": version.description,
        "tags": dict(version.tags),
        "aliases": list(version.aliases),
        "created_ms": version.creation_timestamp,
        "updated_ms": version.last_updated_timestamp,
    }


def new_model(name, **how):
    return client.create_registered_model(NAME + name, **how)


def new_version(name, source="s3://bucket/model", **how):
    return client.create_model_version(NAME + name, source, **how)


def models():
    """Make, change, rename and delete registered models."""
    made = new_model("-one", tags={"team": "search", "n": "1"}, description="what it does é")
    report = {"made": model_seen(made), "got": model_seen(client.get_registered_model(NAME + "-one"))}
    report["taken"] = attempt(lambda: new_model("-one"))
    report["no name"] = attempt(lambda: client.create_registered_model(" "))
    report["slash"] = attempt(lambda: client.create_registered_model("a/b"))
    report["colon"] = attempt(lambda: client.create_registered_model("a:b"))
    client.update_registered_model(NAME + "-one", description="otherwise")
    client.set_registered_model_tag(NAME + "-one", "team", "ranking")
    client.set_registered_model_tag(NAME + "-one", "chave/ção", "útil")
    client.delete_registered_model_tag(NAME + "-one", "n")
    report["untagged twice"] = attempt(lambda: client.delete_registered_model_tag(NAME + "-one", "n"))
    report["tag of none"] = attempt(lambda: client.set_registered_model_tag(NAME + "-none", "n", "1"))
    report["changed"] = model_seen(client.get_registered_model(NAME + "-one"))
    new_version("-one")
    client.rename_registered_model(NAME + "-one", NAME + "-two")
    report["renamed"] = model_seen(client.get_registered_model(NAME + "-two"))
    report["renamed version"] = version_seen(client.get_model_version(NAME + "-two", "1"))
    report["old name"] = attempt(lambda: client.get_registered_model(NAME + "-one"))
    new_model("-three")
    report["renamed to taken"] = attempt(lambda: client.rename_registered_model(NAME + "-two", NAME + "-three"))
    report["renamed to nothing"] = attempt(lambda: client.rename_registered_model(NAME + "-two", " "))
    client.delete_registered_model(NAME + "-two")
    report["deleted"] = attempt(lambda: client.get_registered_model(NAME + "-two"))
    report["deleted twice"] = attempt(lambda: client.delete_registered_model(NAME + "-two"))
    report["version of deleted"] = attempt(lambda: client.get_model_version(NAME + "-two", "1"))
    new_model("-two")
    report["numbered anew"] = str(new_version("-two").version)
    return report


def versions():
    """Make, change and delete versions."""
    new_model("-v")
    first = new_version("-v", tags={"k": "1"}, description="first", run_link="https://run", run_id="0" * 32)
    report = {"made": version_seen(first), "got": version_seen(client.get_model_version(NAME + "-v", "1"))}
    report["second"] = str(new_version("-v").version)
    report["of none"] = attempt(lambda: new_version("-none"))
    client.update_model_version(NAME + "-v", "1", description="otherwise")
    client.set_model_version_tag(NAME + "-v", "1", "k", "2")
    client.set_model_version_tag(NAME + "-v", "1", "l", "ü")
    client.delete_model_version_tag(NAME + "-v", "1", "l")
    report["untagged twice"] = attempt(lambda: client.delete_model_version_tag(NAME + "-v", "1", "l"))
    report["changed"] = version_seen(client.get_model_version(NAME + "-v", "1"))
    report["missing"] = attempt(lambda: client.get_model_version(NAME + "-v", "99"))
    report["no number"] = attempt(lambda: client.get_model_version(NAME + "-v", "x"))
    report["uri"] = client.get_model_version_download_uri(NAME + "-v", "1")
    client.delete_model_version(NAME + "-v", "2")
    report["deleted"] = attempt(lambda: client.get_model_version(NAME + "-v", "2"))
    report["deleted twice"] = attempt(lambda: client.delete_model_version(NAME + "-v", "2"))
    report["third"] = str(new_version("-v").version)
    report["unknown model id"] = attempt(lambda: version_seen(new_version("-v", "models:/m-" + "0" * 32)))
    return report


def aliases():
    """Name versions by aliases."""
    new_model("-a")
    new_version("-a")
    new_version("-a")
    name = NAME + "-a"
    client.set_registered_model_alias(name, "best", "1")
    client.set_registered_model_alias(name, "Best_2-x", "1")
    report = {"version": version_seen(client.get_model_version_by_alias(name, "best"))}
    client.set_registered_model_alias(name, "best", "2")
    report["moved"] = str(client.get_model_version_by_alias(name, "best").version)
    report["model"] = model_seen(client.get_registered_model(name))
    report["missing"] = attempt(lambda: client.get_model_version_by_alias(name, "nobody"))
    report["of none"] = attempt(lambda: client.get_model_version_by_alias(NAME + "-none", "best"))
    report["to missing"] = attempt(lambda: client.set_registered_model_alias(name, "best", "9"))
    for alias in ("latest", "v1", "a b", ""):
        report[f"alias '{alias}'"] = attempt(lambda alias=alias: client.set_registered_model_alias(name, alias, "1"))
    client.delete_registered_model_alias(name, "best")
    report["deleted"] = attempt(lambda: client.get_model_version_by_alias(name, "best"))
    report["deleted twice"] = attempt(lambda: client.delete_registered_model_alias(name, "best"))
    client.delete_model_version(name, "1")
    report["of deleted"] = attempt(lambda: client.get_model_version_by_alias(name, "Best_2-x"))
    report["after"] = model_seen(client.get_registered_model(name))
    return report


def stages():
    """Move versions through the older stages."""
    name = NAME + "-s"
    new_model("-s")
    for _ in range(3):
        new_version("-s")

    def move(version, stage, **how):
        return client.transition_model_version_stage(name, version, stage, **how).current_stage

    report = {"moved": [move("1", "Staging"), move("2", "production"), move("3", "Production")]}
    report["latest"] = sorted(
        [version.current_stage, str(version.version)] for version in client.get_latest_versions(name)
    )
    report["latest in"] = [str(version.version) for version in client.get_latest_versions(name, ["Production"])]
    move("1", "Production", archive_existing_versions=True)
    report["archived"] = [client.get_model_version(name, str(number)).current_stage for number in (1, 2, 3)]
    report["bad"] = attempt(lambda: move("1", "Nowhere"))
    report["bad latest"] = attempt(lambda: client.get_latest_versions(name, ["Nowhere"]))
    report["archive into none"] = attempt(lambda: move("1", "None", archive_existing_versions=True))
    report["latest of none"] = attempt(lambda: client.get_latest_versions(NAME + "-none"))
    return report


def paging(search, **how):
    """Read pages of two until there are no more."""
    token, pages = None, []
    while len(pages) < 10:
        page = search(max_results=2, page_token=token, **how)
        pages.append(list(page))
        token = page.token
        if not token:
            break
    return [page for page in pages if page]


def model_searches():
    """Find registered models by all that they have."""
    for number in range(5):
        new_model(f"-page-{number}", tags={"n": str(number), "even": str(number % 2 == 0)})
    like = f"name LIKE '{NAME}-page-%'"

    def names(found):
        return [model.name.removeprefix(NAME) for model in found]

    def search(filter_string, **how):
        return names(client.search_registered_models(filter_string=filter_string, **how))

    return {
        "like": search(like),
        "ilike": search(f"name ILIKE '{NAME.upper()}-PAGE-%'"),
        "equal": search(f"name = '{NAME}-page-3'"),
        "not": search(f"{like} and name != '{NAME}-page-3'"),
        "in": search(f"name IN ('{NAME}-page-3', '{NAME}-page-1')"),
        "tag": search(f"{like} AND tags.n = '3'"),
        "tag like": search(f"{like} AND tag.`even` LIKE 'T%'"),
        "tag not": search(f"{like} AND tags.even != 'True'"),
        "ordered": search(like, order_by=["name DESC"]),
        "newest": search(like, order_by=["last_updated_timestamp DESC", "name ASC"])[0],
        "pages": [names(page) for page in paging(client.search_registered_models, filter_string=like)],
        "bad": attempt(lambda: search("bogus = 'x'")),
        "bad order": attempt(lambda: search(like, order_by=["bogus"])),
        "too many": attempt(lambda: search(like, max_results=1001)),
        "bad token": attempt(lambda: search(like, page_token="no token")),
    }


def version_searches():
    """Find versions by all that they have."""
    for letter in "qp":
        new_model(f"-{letter}")
        for number in range(2):
            new_version(
                f"-{letter}",
                f"s3://{letter}/{number}",
                tags={"n": str(number)},
                run_id=f"{number}" * 32,
            )
    both = f"name LIKE '{NAME}-_'"
    one = f"name = '{NAME}-p'"

    def shown(found):
        return [f"{version.name.removeprefix(NAME)}/{version.version}" for version in found]

    def search(filter_string, **how):
        return shown(client.search_model_versions(filter_string=filter_string, **how))

    in_order = ["name ASC", "version_number ASC"]
    return {
        "name": search(one, order_by=in_order),
        "like": search(f"{both} AND name ILIKE '%-P'", order_by=in_order),
        "run": search(f"name IN ('{NAME}-p', '{NAME}-q') AND run_id = '{'1' * 32}'", order_by=in_order),
        "runs": search(f"{one} AND run_id IN ('{'1' * 32}', '{'0' * 32}')", order_by=in_order),
        "tag": search(f"{one} AND tags.n = '1'"),
        "tag not": search(f"{one} AND tag.n != '1'"),
        "number": search(f"{one} AND version_number = 2"),
        "numbers": search(f"{one} AND version_number < 2"),
        "source": search(f"{one} AND source_path = 's3://p/1'"),
        "ordered": search(f"name IN ('{NAME}-p', '{NAME}-q')", order_by=["version_number DESC", "name ASC"]),
        "default": search(one),
        "pages": [
            shown(page)
            for page in paging(
                client.search_model_versions, filter_string=f"name IN ('{NAME}-p', '{NAME}-q')", order_by=in_order
            )
        ],
        "bad": attempt(lambda: search("bogus = 'x'")),
        "bad order": attempt(lambda: search(one, order_by=["bogus"])),
        "too many": attempt(lambda: search(one, max_results=200_001)),
        "latest tags": [
            dict(version.tags)
            for model in client.search_registered_models(filter_string=one)
            for version in model.latest_versions
        ],
    }


def copies():
    """Copy a version to another model."""
    new_model("-from")
    new_version("-from", "s3://bucket/copied", description="text", tags={"k": "v"})
    copied = client.copy_model_version(f"models:/{NAME}-from/1", NAME + "-to")
    return {
        "copy": version_seen(copied),
        "uri": client.get_model_version_download_uri(NAME + "-to", "1"),
    }


def main():
    write_report(
        {
            "prefix": NAME,
            "models": models(),
            "versions": versions(),
            "aliases": aliases(),
            "stages": stages(),
            "model searches": model_searches(),
            "version searches": version_searches(),
            "copies": copies(),
        }
    )


main()
