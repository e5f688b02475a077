"""Make runs, log all that can be logged, find them, and put them away."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import os
import time

import mlflow
import pandas as pd
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.entities.logged_model_output import LoggedModelOutput
from report import attempt, write_report

NAME = os.environ["EXPERIMENT"]
client = mlflow.MlflowClient()


def seen(run_id):
    """Write down all that the client knows of a run."""
    run = client.get_run(run_id)
    return {**run.to_dictionary(), "inputs": inputs_of(run), "outputs": outputs_of(run)}


def inputs_of(run):
    return [
        {
            "name": each.dataset.name,
            "digest": each.dataset.digest,
            "source_type": each.dataset.source_type,
            "has_schema": bool(each.dataset.schema),
            "tags": {tag.key: tag.value for tag in each.tags},
        }
        for each in run.inputs.dataset_inputs
    ]


def outputs_of(run):
    return [[each.model_id, each.step] for each in run.outputs.model_outputs] if run.outputs else []


def names(found):
    return [run.info.run_name for run in found]


def points(run_id, key):
    return [[point.step, point.timestamp, point.value] for point in client.get_metric_history(run_id, key)]


def logged():
    """Log from the program that runs."""
    with mlflow.start_run(run_name="logged", tags={"team": "search"}, description="a try") as run:
        report = {"active": mlflow.active_run().info.run_id == run.info.run_id, "status": run.info.status}
        mlflow.log_param("depth", 3)
        mlflow.log_params({"rate": 0.1, "names/with: all - kinds.of_signs": True, "empty": ""})
        mlflow.log_metric("acc", 0.5, step=1)
        mlflow.log_metric("acc", 0.75, step=3)
        mlflow.log_metric("acc", 0.25, step=2)
        mlflow.log_metrics({"loss": 1.5, "nothing": float("nan"), "over": float("inf"), "under": -float("inf")}, step=7)
        mlflow.set_tag("chave/ção", "útil")
        mlflow.set_tags({"team": "ranking", "gone": "soon"})
        mlflow.delete_tag("gone")
        data = pd.DataFrame({"question": ["a", "b"], "score": [0.5, 1.5]})
        mlflow.log_input(mlflow.data.from_pandas(data, name="train-data"), context="training")
        mlflow.log_input(mlflow.data.from_pandas(data[:1], name="eval-data"), context="eval", tags={"split": "x"})
        report["running"] = seen(run.info.run_id)["info"]
    report["no more active"] = mlflow.active_run() is None
    report["last active"] = mlflow.last_active_run().info.run_id == run.info.run_id
    report["run"] = seen(run.info.run_id)
    report["histories"] = {key: points(run.info.run_id, key) for key in ("acc", "nothing", "over", "never")}
    report["changed parameter"] = attempt(lambda: client.log_param(run.info.run_id, "depth", 4))
    report["same parameter"] = attempt(lambda: client.log_param(run.info.run_id, "depth", 3))
    return report


def fail():
    with mlflow.start_run(run_name="failed"):
        raise RuntimeError("boom")


def lives():
    """End runs in every way, in each other, and go on with them."""
    attempt(fail)
    with mlflow.start_run(run_name="parent") as parent:
        with mlflow.start_run(run_name="child", nested=True) as child:
            mlflow.log_metric("m", 1)
        with mlflow.start_run(nested=True) as nameless:
            pass
    mlflow.start_run(run_name="killed")
    mlflow.end_run("KILLED")
    ended_ms = client.get_run(child.info.run_id).info.end_time
    with mlflow.start_run(run_id=child.info.run_id) as resumed:
        mlflow.log_metric("m", 2, step=1)
        again = client.get_run(child.info.run_id).info.status
    found = client.search_runs([experiment_id()], order_by=["attributes.start_time ASC"])
    parent_id = client.get_parent_run(child.info.run_id).info.run_id
    of_parent = client.search_runs([experiment_id()], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'")
    return {
        "status": {run.info.run_name: run.info.status for run in found if run.info.run_id != nameless.info.run_id},
        "nameless": nameless.info.run_name,
        "name in tag": client.get_run(nameless.info.run_id).data.tags["mlflow.runName"],
        "parent": parent_id == parent.info.run_id,
        "children": sorted(run.info.run_id == child.info.run_id for run in of_parent),
        "resumed": [resumed.info.run_id == child.info.run_id, again],
        "ended later": client.get_run(child.info.run_id).info.end_time >= ended_ms,
        "points": [point[2] for point in points(child.info.run_id, "m")],
    }


def experiment_id():
    return mlflow.get_experiment_by_name(NAME).experiment_id


def made():
    """Do everything by the client alone, for a run that never ran here."""
    run = client.create_run(experiment_id(), start_time=1_700_000_000_000, tags={"k": "v"}, run_name="made")
    run_id = run.info.run_id
    client.log_metric(run_id, "m", 1.0, timestamp=1_700_000_000_001, step=-2)
    client.log_param(run_id, "p", "x" * 500)
    client.set_tag(run_id, "k", "w")
    many = [Metric(f"many/{number % 7}", number, 1_700_000_000_000 + number, number) for number in range(900)]
    client.log_batch(run_id, many, [Param(f"p{n}", str(n)) for n in range(50)], [RunTag("batch", "yes")])
    client.log_batch(run_id, many[:10])
    client.log_outputs(run_id, [LoggedModelOutput("m-0123456789abcdef0123456789abcdef", 4)])
    client.update_run(run_id, status="SCHEDULED", name="renamed")
    report = {"scheduled": seen(run_id)["info"]}
    client.set_tag(run_id, "mlflow.runName", "named by tag")
    client.set_terminated(run_id, "FAILED", end_time=1_700_000_009_000)
    report["run"] = seen(run_id)
    report["history"] = len(points(run_id, "many/3"))
    report["first"] = points(run_id, "m")
    return report


def refused():
    run_id = client.create_run(experiment_id(), run_name="refused").info.run_id
    missing = "0" * 32
    report = {
        "missing run": attempt(lambda: client.get_run(missing)),
        "missing history": attempt(lambda: client.get_metric_history(missing, "m")),
        "log to a missing run": attempt(lambda: client.log_metric(missing, "m", 1)),
        "missing tag": attempt(lambda: client.delete_tag(run_id, "none")),
        "missing experiment": attempt(lambda: client.create_run("987654321")),
        "bad filter": attempt(lambda: client.search_runs([experiment_id()], "metric.m > 'x'")),
        "unknown field": attempt(lambda: client.search_runs([experiment_id()], "atributes.status = 'x'")),
        "bad order": attempt(lambda: client.search_runs([experiment_id()], order_by=["bogus DESC"])),
        "bad token": attempt(lambda: client.search_runs([experiment_id()], page_token="no token")),
        "too many": attempt(lambda: client.search_runs([experiment_id()], max_results=50_001)),
        "long key": attempt(lambda: client.log_batch(run_id, params=[Param("x" * 251, "1")])),
    }
    client.delete_run(run_id)
    report["log to a deleted run"] = attempt(lambda: client.log_metric(run_id, "m", 1))
    return report


def deletion():
    run_id = client.create_run(experiment_id(), run_name="doomed").info.run_id
    doomed = "attributes.run_name = 'doomed'"
    client.delete_run(run_id)
    report = {
        "stage": client.get_run(run_id).info.lifecycle_stage,
        "active": names(client.search_runs([experiment_id()], doomed)),
        "deleted": names(client.search_runs([experiment_id()], doomed, ViewType.DELETED_ONLY)),
        "all": names(client.search_runs([experiment_id()], doomed, ViewType.ALL)),
    }
    client.restore_run(run_id)
    report["restored"] = client.get_run(run_id).info.lifecycle_stage
    report["active again"] = names(client.search_runs([experiment_id()], doomed))
    return report


def away():
    """Delete the experiment that a run is in."""
    away_id = client.create_experiment(f"{NAME}/away")
    run_id = client.create_run(away_id, run_name="inside").info.run_id
    client.delete_experiment(away_id)
    report = {
        "active": names(client.search_runs([away_id])),
        "stage": client.get_run(run_id).info.lifecycle_stage,
        "new run": attempt(lambda: client.create_run(away_id)),
    }
    client.restore_experiment(away_id)
    report["restored"] = names(client.search_runs([away_id]))
    return report


def paging(place):
    token, pages = None, []
    while len(pages) < 10:
        page = client.search_runs(
            [place], "tags.n != '0'", max_results=2, order_by=["metrics.m DESC", "params.`p q`"], page_token=token
        )
        pages.append(names(page))
        token = page.token
        if not token:
            break
    return [page for page in pages if page]


def searches():
    """Find runs by all that they have."""
    place = client.create_experiment(f"{NAME}/searched")
    for number in range(5):
        with mlflow.start_run(experiment_id=place, run_name=f"run-{number}") as run:
            mlflow.log_metric("m", number / 10)
            mlflow.log_params({"p q": str(number % 2), "a": "1"})
            mlflow.set_tags({"n": str(number), "mlflow.source.name": f"x{number}.py"})
            if number == 2:
                mlflow.log_input(mlflow.data.from_pandas(pd.DataFrame({"x": [1.0]}), name="d2"), context="training")
        time.sleep(0.005)  # so that no two begin in the same millisecond
    last = run.info

    def search(text, order=None):
        return names(client.search_runs([place], text, order_by=order))

    table = mlflow.search_runs([place], "metrics.m > 0.1", order_by=["metrics.m ASC"])
    by_name = mlflow.search_runs(experiment_names=[f"{NAME}/searched"], max_results=3, output_format="list")
    return {
        "": search(""),
        "metric and parameter": search("metrics.m > 0.1 and params.a = '1'"),
        "quoted keys": search("params.`p q` = '1' AND metrics.`m` <= 0.1"),
        "tag pattern": search("tags.`mlflow.source.name` LIKE 'x%' AND tags.n ILIKE '4'"),
        "attributes": search("attributes.status = 'FINISHED' AND attribute.run_name != 'run-0'"),
        "ids": search(f"run_id IN ('{last.run_id}', 'x')"),
        "time": search(f"attributes.start_time >= {last.start_time}"),
        "user": search(f"attributes.user_id = '{last.user_id}' AND params.`p q` = '0'"),
        "dataset": search("datasets.name = 'd2' AND dataset.context = 'training'"),
        "nothing": search("params.a = '2'"),
        "one order": search("", ["params.`p q` DESC", "attributes.start_time ASC"]),
        "pages": paging(place),
        "table": table[["metrics.m", "params.a", "tags.n", "status", "experiment_id"]].to_numpy().tolist(),
        "place": place,
        "by name": names(by_name),
    }


@mlflow.trace
def ask(question):
    return f"about {question}"


def traced():
    """Trace inside runs, and link what was traced outside."""
    mlflow.set_experiment(NAME)
    traces = {}
    with mlflow.start_run(run_name="traced") as run:
        ask("one")
        traces["inside"] = mlflow.get_last_active_trace_id()
    ask("two")
    traces["outside"] = mlflow.get_last_active_trace_id()
    mlflow.flush_trace_async_logging()

    def found(run_id):
        return [trace.info.trace_id for trace in mlflow.search_traces(run_id=run_id, return_type="list")]

    report = {"traces": traces, "found": found(run.info.run_id)}
    other = client.create_run(experiment_id(), run_name="linked").info.run_id
    if hasattr(client, "link_traces_to_run"):
        client.link_traces_to_run([traces["outside"], traces["inside"]], other)
        report["linked"] = sorted(found(other))
    report["source"] = client.get_trace(traces["inside"]).info.trace_metadata.get("mlflow.sourceRun") == run.info.run_id
    return report


def main():
    mlflow.set_experiment(NAME)
    write_report(
        {
            "lives": lives(),
            "logged": logged(),
            "made": made(),
            "refused": refused(),
            "deletion": deletion(),
            "away": away(),
            "searches": searches(),
            "traced": traced(),
            "experiment": experiment_id(),
        }
    )


main()
