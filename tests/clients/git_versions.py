"""Let the client name versions for the state of a repository."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import os
import subprocess
from pathlib import Path

import mlflow
from report import write_report

AUTHOR = {f"GIT_{who}_{what}": "a@b.test" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def git(*words):
    subprocess.run(["git", *words], check=True, capture_output=True, env={**os.environ, **AUTHOR})


def started():
    """What happens whenever the application starts."""
    with mlflow.genai.enable_git_model_versioning() as context:
        return context.active_model.model_id


mlflow.set_experiment(os.environ["EXPERIMENT"])
file = Path("app.py")
file.write_text("print(1)\n")
git("init", "--quiet", "--initial-branch", "main")
git("remote", "add", "origin", "https://git.test/team/app.git")
git("add", "app.py")
git("commit", "--quiet", "--message", "one")
report = {"clean": [started(), started()]}
file.write_text("print('it''s 100% new')\n")
report["dirty"] = [started(), started()]
git("commit", "--quiet", "--all", "--message", "two")
report["next"] = [started()]
dirty = mlflow.get_logged_model(report["dirty"][0])
report["diff"] = dirty.tags["mlflow.source.git.diff"]
write_report(report)
