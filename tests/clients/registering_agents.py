"""Log an agent as a model under a registered name, load it again in every way, and ask it."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import os
from pathlib import Path

import mlflow
from report import attempt, write_report

NAME = os.environ["NAME"]
AGENT = Path(__file__).with_name("echoing_agent.py")
QUESTION = {"input": [{"role": "user", "content": "olá"}]}
client = mlflow.MlflowClient()


def answer(agent):
    return agent.predict(QUESTION)["output"][0]["content"][0]["text"]


def files(uri):
    """Name all files of a model."""
    folder = Path(mlflow.artifacts.download_artifacts(uri))
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def version_seen(version):
    return {
        "name": version.name,
        "version": str(version.version),
        "status": version.status,
        "source": version.source,
        "run_id": version.run_id,
        "model_id": version.model_id,
        "aliases": list(version.aliases),
    }


def main():
    mlflow.set_experiment(os.environ["EXPERIMENT"])
    with mlflow.start_run() as run:
        logged = mlflow.pyfunc.log_model(
            python_model=str(AGENT), name="agent", registered_model_name=NAME, pip_requirements=["mlflow"]
        )
    report = {
        "run": run.info.run_id,
        "model": logged.model_id,
        "registered as": str(logged.registered_model_version),
        "version": version_seen(client.get_model_version(NAME, "1")),
        "by number": answer(mlflow.pyfunc.load_model(f"models:/{NAME}/1")),
        "files": files(f"models:/{NAME}/1"),
        "logged files": files(f"models:/{logged.model_id}"),
        "one file": Path(mlflow.artifacts.download_artifacts(f"models:/{NAME}/1/MLmodel")).read_text()[:14],
    }
    client.set_registered_model_alias(NAME, "best", "1")
    report["by alias"] = answer(mlflow.pyfunc.load_model(f"models:/{NAME}@best"))
    again = mlflow.register_model(f"models:/{logged.model_id}", NAME)
    report["again"] = version_seen(client.get_model_version(NAME, str(again.version)))
    report["second"] = answer(mlflow.pyfunc.load_model(f"models:/{NAME}/2"))
    of_run = mlflow.register_model(f"runs:/{run.info.run_id}/agent", NAME)
    report["of run"] = version_seen(client.get_model_version(NAME, str(of_run.version)))
    report["third"] = answer(mlflow.pyfunc.load_model(f"models:/{NAME}/3"))
    copy = client.copy_model_version(f"models:/{NAME}/1", f"{NAME}_copy")
    report["copy"] = answer(mlflow.pyfunc.load_model(f"models:/{copy.name}/{copy.version}"))
    client.delete_model_version(NAME, "2")
    report["deleted"] = attempt(lambda: mlflow.pyfunc.load_model(f"models:/{NAME}/2"))
    report["still there"] = answer(mlflow.pyfunc.load_model(f"models:/{NAME}/1"))
    mlflow.flush_trace_async_logging()
    traces = mlflow.search_traces(
        filter_string=f"metadata.`mlflow.modelId` = '{logged.model_id}'", return_type="list", max_results=1
    )
    report["traces of the version"] = len(traces)
    write_report(report)


main()
