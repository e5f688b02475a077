"""Change traces after they were sent: tags, deletion."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import os
import time

import mlflow
from report import attempt, info_document, write_report

NOBODY = "tr-" + "0" * 32
HAS_CLIENT = hasattr(mlflow, "MlflowClient")


@mlflow.trace
def call(number):
    mlflow.update_current_trace(tags={"first": "1", "number": str(number)})


def make(number):
    call(number)
    time.sleep(0.005)
    return mlflow.get_last_active_trace_id()


def tags_of(trace_id):
    return dict(mlflow.get_trace(trace_id).info.tags)


def change_tags(trace_id):
    """Set, replace and delete tags."""
    mlflow.set_trace_tag(trace_id, "first", "2")
    mlflow.set_trace_tag(trace_id, "chave/ção", "útil")
    mlflow.set_trace_tag(trace_id, "gone", "x")
    mlflow.delete_trace_tag(trace_id, "gone")
    mlflow.set_trace_tag(trace_id, "long", "t" * 8_000)
    mlflow.set_trace_tag(trace_id, "mlflow.user", "somebody else")
    mlflow.set_trace_tag(trace_id, "mlflow.traceName", "renamed")
    return {
        "tags": tags_of(trace_id),
        "missing tag": attempt(lambda: mlflow.delete_trace_tag(trace_id, "gone")),
        "missing trace": attempt(lambda: mlflow.set_trace_tag(NOBODY, "a", "b")),
        "missing trace, delete": attempt(lambda: mlflow.delete_trace_tag(NOBODY, "a")),
        "long key": attempt(lambda: mlflow.set_trace_tag(trace_id, "k" * 251, "v")),
    }


def delete_some(ids, experiment_id, others_id):
    """Delete by id, by time and by number."""
    client = mlflow.MlflowClient()
    times = {trace_id: mlflow.get_trace(trace_id).info.request_time for trace_id in ids}

    def left():
        found = {trace.info.trace_id for trace in client.search_traces([experiment_id], include_spans=False)}
        return [number for number, trace_id in enumerate(ids) if trace_id in found]

    report = {"before": left()}
    report["by id"] = [client.delete_traces(experiment_id, trace_ids=[ids[0], NOBODY]), left()]
    report["of another experiment"] = [client.delete_traces(experiment_id, trace_ids=[others_id]), left()]
    report["up to a time"] = [client.delete_traces(experiment_id, max_timestamp_millis=times[ids[2]]), left()]
    report["oldest first"] = [
        client.delete_traces(experiment_id, max_timestamp_millis=times[ids[5]], max_traces=1),
        left(),
    ]
    report["deleted"] = attempt(lambda: info_document(client.get_trace(ids[0]).info))
    report["other is left"] = tags_of(others_id)["number"]
    return report


def main():
    others = mlflow.set_experiment(os.environ["EXPERIMENT"] + "-other")
    others_id = make(-1)
    experiment = mlflow.set_experiment(os.environ["EXPERIMENT"])
    ids = [make(number) for number in range(6)]
    if hasattr(mlflow, "flush_trace_async_logging"):
        mlflow.flush_trace_async_logging()
    assert others.experiment_id != experiment.experiment_id
    report = {"tags": change_tags(ids[5]), "missing": mlflow.get_trace(NOBODY) is None}
    if HAS_CLIENT:
        report["deleted"] = delete_some(ids, experiment.experiment_id, others_id)
    write_report(report)


main()
