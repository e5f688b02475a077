"""Make versions of an application, find them, change them, and trace what they do."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import os
import tempfile
from pathlib import Path

import mlflow
from mlflow.entities import LoggedModelStatus
from report import attempt, info_document, write_report

NAME = "agent-git-98207f02"
client = mlflow.MlflowClient()


def seen(model):
    return {
        "id": model.model_id,
        "experiment_id": model.experiment_id,
        "name": model.name,
        "kind": model.model_type,
        "status": str(model.status),
        "run_id": model.source_run_id,
        "artifacts": model.artifact_location,
        "created_ms": model.creation_timestamp,
        "updated_ms": model.last_updated_timestamp,
        "tags": dict(model.tags),
        "params": dict(model.params),
        "metrics": [[metric.key, metric.value, metric.run_id, metric.dataset_name] for metric in model.metrics or []],
    }


def found(filter_string=None, **how):
    return [
        model.name for model in mlflow.search_logged_models(filter_string=filter_string, output_format="list", **how)
    ]


def basics():
    """Make one, read it, change it."""
    made = mlflow.create_external_model(
        name=NAME, model_type="agent", tags={"team": "core"}, params={"temperature": "0.5"}
    )
    report = {
        "made": seen(made),
        "read": seen(mlflow.get_logged_model(made.model_id)),
        "last": mlflow.last_logged_model().model_id,
        "missing": attempt(lambda: mlflow.get_logged_model("m-" + "0" * 32)),
        "dotted": attempt(lambda: mlflow.create_external_model(name="agent-v1.0.1").name),
        "slashed": attempt(lambda: mlflow.create_external_model(name="agent/v1")),
    }
    mlflow.set_logged_model_tags(made.model_id, {"team": "web", "git.branch/x": "main", "n": 1})
    client.log_model_params(made.model_id, {f"p{number}": str(number) for number in range(250)})
    report["other value"] = attempt(lambda: client.log_model_params(made.model_id, {"p1": "2"}))
    changed = seen(mlflow.get_logged_model(made.model_id))
    report["changed"] = {**changed, "params": len(changed["params"])}
    mlflow.delete_logged_model_tag(made.model_id, "git.branch/x")
    report["untagged"] = seen(mlflow.get_logged_model(made.model_id))["tags"]
    report["untagged twice"] = attempt(lambda: mlflow.delete_logged_model_tag(made.model_id, "git.branch/x"))
    return report


def statuses():
    """Begin one, let it fail, and mend it."""
    begun = mlflow.initialize_logged_model(name="begun", params={f"p{number}": "x" for number in range(150)})
    report = {"begun": [begun.name, str(begun.status), len(begun.params)]}
    report["failed"] = str(mlflow.finalize_logged_model(begun.model_id, LoggedModelStatus.FAILED).status)
    report["found failed"] = found("status = 'FAILED'")
    report["mended"] = str(mlflow.finalize_logged_model(begun.model_id, "READY").status)
    report["unnamed"] = mlflow.initialize_logged_model().name
    return report


def files():
    """Write files of a version and read them back."""
    made = mlflow.create_external_model(name="with-files")
    folder = Path(tempfile.mkdtemp())
    (folder / "notes").mkdir()
    (folder / "notes" / "é 1.txt").write_text("olá")
    client.log_model_artifacts(made.model_id, str(folder))
    report = {
        "top": sorted(info.path for info in client.list_logged_model_artifacts(made.model_id)),
        "notes": [
            [info.path, info.is_dir, info.file_size]
            for info in client.list_logged_model_artifacts(made.model_id, "notes")
        ],
    }
    there = Path(mlflow.artifacts.download_artifacts(artifact_uri=f"models:/{made.model_id}"))
    report["read"] = (there / "notes" / "é 1.txt").read_text()
    report["described"] = made.model_id in (there / "MLmodel").read_text()
    return report


def metrics():
    """Measure a version in a run."""
    with mlflow.start_run() as run:
        made = mlflow.create_external_model(name="measured")
        mlflow.log_metric("accuracy", 0.5, model_id=made.model_id)
        mlflow.log_metric("accuracy", 0.9, step=1, model_id=made.model_id)
    return {
        "run_id": run.info.run_id,
        "measured": seen(mlflow.get_logged_model(made.model_id)),
        "good": found("metrics.accuracy > 0.8"),
        "bad": found("metrics.accuracy < 0.8"),
        "best": found(order_by=[{"field_name": "metrics.accuracy", "ascending": False}], max_results=1),
    }


def searches():
    """Find versions by all that they have."""
    for number in range(5):
        mlflow.create_external_model(
            name=f"page-{number}", tags={"n": str(number)}, params={"even": str(number % 2 == 0)}
        )
    pages, token = [], None
    while len(pages) < 10:
        page = client.search_logged_models(
            experiment_ids=[EXPERIMENT_ID],
            filter_string="name LIKE 'page-%'",
            max_results=2,
            order_by=[{"field_name": "name", "ascending": True}],
            page_token=token,
        )
        pages.append([model.name for model in page])
        token = page.token
        if not token:
            break
    table = mlflow.search_logged_models(filter_string="name LIKE 'page-%'")
    return {
        "newest first": found("name LIKE 'page-%'"),
        "oldest first": found("name LIKE 'page-%'", order_by=[{"field_name": "creation_timestamp", "ascending": True}]),
        "name": found("name = 'page-3'"),
        "tag": found("tags.n = '2'"),
        "param": found("params.even = 'True' AND name LIKE 'page-%'"),
        "kind": found("model_type = 'agent'"),
        "ready": "page-1" in found("status = 'READY'"),
        "two": found("name LIKE 'page-%'", max_results=2),
        "pages": pages,
        "table": [list(table["name"]), str(table["status"].iloc[0])],
        "bad": attempt(lambda: found("bogus = 'x'")),
        "elsewhere": [model.name for model in mlflow.search_logged_models(experiment_ids=["0"], output_format="list")],
    }


@mlflow.trace
def answer(question):
    return f"no idea: {question}"


def newest_trace():
    mlflow.flush_trace_async_logging()
    trace_id = mlflow.get_last_active_trace_id()
    return info_document(client.get_trace(trace_id).info)


def linking():
    """Trace what the active version does."""
    model = mlflow.set_active_model(name="active-v")
    answer("first")
    report = {"active": model.model_id, "first": newest_trace(), "made": found("name = 'active-v'")}
    again = mlflow.set_active_model(name="active-v")
    answer("second")
    report["again"] = again.model_id
    mlflow.flush_trace_async_logging()
    by_version = mlflow.search_traces(experiment_ids=[EXPERIMENT_ID], model_id=model.model_id, return_type="list")
    report["by version"] = len(by_version)
    newer = mlflow.create_external_model(name="active-v")
    report["newer"] = newer.model_id
    report["newest of the name"] = mlflow.set_active_model(name="active-v").model_id
    with mlflow.set_active_model(model_id=model.model_id):
        answer("third")
    report["third"] = newest_trace()
    return report


def deletion():
    """Delete one."""
    made = mlflow.create_external_model(name="doomed")
    client.delete_logged_model(made.model_id)
    return {
        "read": attempt(lambda: mlflow.get_logged_model(made.model_id)),
        "found": found("name = 'doomed'"),
        "twice": attempt(lambda: client.delete_logged_model(made.model_id)),
    }


EXPERIMENT_ID = mlflow.set_experiment(os.environ["EXPERIMENT"]).experiment_id
write_report(
    {
        "experiment_id": EXPERIMENT_ID,
        "basics": basics(),
        "statuses": statuses(),
        "files": files(),
        "metrics": metrics(),
        "searches": searches(),
        "linking": linking(),
        "deletion": deletion(),
    }
)
