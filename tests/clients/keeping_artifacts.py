"""Keep files with a run, a version and a trace; list them and fetch them again."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import hashlib
import json
import os
from importlib.util import find_spec
from pathlib import Path

import mlflow
from mlflow.artifacts import download_artifacts
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from report import attempt, write_report

NAME = os.environ["EXPERIMENT"]
LOCATION = os.environ.get("LOCATION") or None
LARGE_BYTES = 40 << 20
client = mlflow.MlflowClient()


def sha256(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def listed(run_id, path=None):
    return [[each.path, each.is_dir, each.file_size] for each in client.list_artifacts(run_id, path)]


def below(folder):
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


def some_files():
    """Make a folder with files at several depths and of several kinds."""
    folder = Path("files")
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "a.txt").write_text("olá\n")
    (folder / "empty").touch()
    (folder / "deep" / "relatório 100%.md").write_text("# título")
    (folder / "deep" / "er" / "page.html").write_text("<script>alert(1)</script>")
    with (folder / "large.bin").open("wb") as large:
        for number in range(LARGE_BYTES >> 20):
            large.write(bytes([number]) * (1 << 20))
    return folder


def of_a_run():
    """All ways to keep files with a run."""
    with mlflow.start_run() as run:
        folder = some_files()
        mlflow.log_artifact(str(folder / "a.txt"))
        mlflow.log_artifact(str(folder / "a.txt"), "copies/of")
        mlflow.log_artifacts(str(folder), "all")
        mlflow.log_text("um texto\n", "notes/text.txt")
        mlflow.log_dict({"k": [1, "é"]}, "notes/dict.json")
        mlflow.log_text("first", "over.txt")
        mlflow.log_text("second", "over.txt")
    run_id = run.info.run_id
    report = {"run_id": run_id, "artifact_uri": client.get_run(run_id).info.artifact_uri}
    report["top"] = listed(run_id)
    report["notes"] = listed(run_id, "notes")
    report["of a file"] = listed(run_id, "notes/text.txt")
    report["of nothing"] = listed(run_id, "nothing")
    report["text"] = mlflow.artifacts.load_text(f"runs:/{run_id}/notes/text.txt")
    report["dict"] = mlflow.artifacts.load_dict(f"runs:/{run_id}/notes/dict.json")
    report["over"] = mlflow.artifacts.load_text(f"runs:/{run_id}/over.txt")
    fetched = download_artifacts(run_id=run_id, artifact_path="all", dst_path="fetched")
    report["sent"], report["fetched"] = below(folder), below(fetched)
    report["same"] = [sha256(folder / name) == sha256(Path(fetched) / name) for name in report["sent"]]
    report["whole"] = below(client.download_artifacts(run_id, "", "whole"))
    report["missing"] = attempt(lambda: client.download_artifacts(run_id, "nothing.txt", "missing"))
    repository = get_artifact_repository(report["artifact_uri"])
    repository.delete_artifacts("all")
    repository.delete_artifacts("over.txt")
    repository.delete_artifacts("nothing")
    report["after deleting"] = listed(run_id)
    client.delete_run(run_id)
    report["of a deleted run"] = listed(run_id)
    return report


def of_a_version():
    """An external model keeps a description of itself."""
    version = mlflow.create_external_model(name="app-1")
    found = [[each.path, each.is_dir] for each in get_artifact_repository(version.artifact_location).list_artifacts()]
    text = mlflow.artifacts.load_text(f"{version.artifact_location}/MLmodel")
    return {"uri": version.artifact_location, "listed": found, "MLmodel": text}


def of_a_trace():
    """A picture in a span's inputs is kept beside the trace."""
    from mlflow.tracing.attachments import Attachment

    picture = Attachment(content_type="image/png", content_bytes=b"\x89PNG" + bytes(5000))
    with mlflow.start_span("look") as span:
        span.set_inputs({"picture": picture})
    mlflow.flush_trace_async_logging()
    trace = mlflow.get_trace(span.trace_id)
    repository = get_artifact_repository(trace.info.tags["mlflow.artifactLocation"])
    kept = repository.download_trace_attachment(picture.id)
    return {"same": kept == picture.content_bytes, "inputs": json.dumps(trace.data.spans[0].inputs)}


experiment_id = client.create_experiment(NAME, artifact_location=LOCATION)
mlflow.set_experiment(NAME)
seen = {"experiment_id": experiment_id, "location": client.get_experiment(experiment_id).artifact_location}
seen["run"] = of_a_run()
if hasattr(mlflow, "create_external_model"):
    seen["version"] = of_a_version()
if find_spec("mlflow.tracing.attachments"):
    seen["trace"] = of_a_trace()
write_report(seen)
