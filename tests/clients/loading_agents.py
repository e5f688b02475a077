"""Load a registered agent by its name and ask it."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import os

import mlflow
from report import write_report

NAME = os.environ["NAME"]
client = mlflow.MlflowClient()


def main():
    mlflow.set_experiment(os.environ["EXPERIMENT"])
    agent = mlflow.pyfunc.load_model(f"models:/{NAME}@best")
    answer = agent.predict({"input": [{"role": "user", "content": "oi"}]})
    version = client.get_model_version_by_alias(NAME, "best")
    write_report(
        {
            "answer": answer["output"][0]["content"][0]["text"],
            "version": str(version.version),
            "source": version.source,
            "found": [str(each.version) for each in client.search_model_versions(f"name = '{NAME}'")],
        }
    )


main()
