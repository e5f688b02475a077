"""Make, find, change and delete experiments."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import os
import time

import mlflow
from mlflow.entities import ViewType
from report import attempt, write_report

NAME = os.environ["EXPERIMENT"]
client = mlflow.MlflowClient()


def seen(experiment):
    return {
        "id": experiment.experiment_id,
        "name": experiment.name,
        "artifact_location": experiment.artifact_location,
        "stage": experiment.lifecycle_stage,
        "created_ms": experiment.creation_time,
        "updated_ms": experiment.last_update_time,
        "tags": dict(experiment.tags),
    }


def names(found):
    return [experiment.name.removeprefix(NAME) for experiment in found]


def search(filter_string, view_type=ViewType.ACTIVE_ONLY, order_by=None):
    return names(
        client.search_experiments(view_type=view_type, filter_string=filter_string, order_by=order_by, max_results=100)
    )


def basics():
    """Make one, read it by id and by name, change it."""
    made = client.create_experiment(f"{NAME}/áéí one", tags={"team": "search", "n": "1"})
    located = client.create_experiment(f"{NAME}/located", artifact_location="file:///tmp/elsewhere")
    report = {"made": seen(client.get_experiment(made)), "located": seen(client.get_experiment(located))}
    report["by name"] = seen(client.get_experiment_by_name(f"{NAME}/áéí one"))
    report["taken"] = attempt(lambda: client.create_experiment(f"{NAME}/located"))
    client.set_experiment_tag(made, "team", "ranking")
    client.set_experiment_tag(made, "chave/ção", "útil")
    client.rename_experiment(made, f"{NAME}/two")
    report["changed"] = seen(client.get_experiment(made))
    report["renamed to taken"] = attempt(lambda: client.rename_experiment(made, f"{NAME}/located"))
    report["default"] = seen(client.get_experiment("0"))
    if hasattr(client, "delete_experiment_tag"):
        client.delete_experiment_tag(made, "n")
        report["untagged"] = dict(client.get_experiment(made).tags)
        report["untagged twice"] = attempt(lambda: client.delete_experiment_tag(made, "n"))
    return report


def deletion():
    """Delete one and bring it back."""
    one = client.create_experiment(f"{NAME}/doomed")
    client.delete_experiment(one)
    report = {
        "stage": client.get_experiment(one).lifecycle_stage,
        "by name": client.get_experiment_by_name(f"{NAME}/doomed").lifecycle_stage,
        "deleted twice": attempt(lambda: client.delete_experiment(one)),
        "name is taken": attempt(lambda: client.create_experiment(f"{NAME}/doomed")),
        "set": attempt(lambda: seen(mlflow.set_experiment(f"{NAME}/doomed"))),
        "active": search(f"name = '{NAME}/doomed'"),
        "deleted": search(f"name = '{NAME}/doomed'", ViewType.DELETED_ONLY),
        "all": search(f"name = '{NAME}/doomed'", ViewType.ALL),
    }
    client.restore_experiment(one)
    report["restored"] = client.get_experiment(one).lifecycle_stage
    report["restored twice"] = attempt(lambda: client.restore_experiment(one))
    return report


def paging():
    """Read pages of two until there are no more."""
    token, pages = None, []
    while len(pages) < 10:
        page = client.search_experiments(
            filter_string=f"name LIKE '{NAME}/page-%'", max_results=2, order_by=["name ASC"], page_token=token
        )
        pages.append(names(page))
        token = page.token
        if not token:
            break
    return [page for page in pages if page]


def searches():
    """Find experiments by all that they have."""
    ids = []
    for number in range(5):
        tags = {"n": str(number), "even": str(number % 2 == 0)}
        ids.append(client.create_experiment(f"{NAME}/page-{number}", tags=tags))
        time.sleep(0.005)  # so that no two are made in the same millisecond
    like = f"name LIKE '{NAME}/page-%'"
    first, last = client.get_experiment(ids[0]), client.get_experiment(ids[4])
    return {
        "like": sorted(search(like)),
        "ilike": sorted(search(f"name ILIKE '{NAME.upper()}/PAGE-%'")),
        "tag": search(f"{like} AND tags.n = '3'"),
        "tag not": search(f"{like} AND tag.even != 'True'", order_by=["name ASC"]),
        "name not": sorted(search(f"{like} AND attribute.name != '{NAME}/page-0'")),
        "created": sorted(search(f"{like} AND creation_time >= {last.creation_time}")),
        "updated": search(f"{like} AND last_update_time < {first.last_update_time}"),
        "ordered": search(like, order_by=["name DESC"]),
        "newest first": [ids.index(each.experiment_id) for each in client.search_experiments(filter_string=like)],
        "pages": paging(),
        "bad": attempt(lambda: search("bogus = 'x'")),
        "too many": attempt(lambda: client.search_experiments(max_results=10_000_000)),
        "too few": attempt(lambda: client.search_experiments(max_results=-1)),
        "bad token": attempt(lambda: client.search_experiments(page_token="no token")),
    }


def main():
    created = mlflow.set_experiment(f"{NAME}/set")
    again = mlflow.set_experiment(f"{NAME}/set")
    write_report(
        {
            "prefix": NAME,
            "set": [seen(created), seen(again)],
            "missing": attempt(lambda: seen(client.get_experiment("123456789"))),
            "missing name": client.get_experiment_by_name(f"{NAME}/nobody") is None,
            "basics": basics(),
            "deletion": deletion(),
            "searches": searches(),
        }
    )


main()
