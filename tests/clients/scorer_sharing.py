"""One step of a story in which two kinds of client work on the same scorers."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import os

import mlflow
from mlflow.genai.scorers import RegexMatch, ResponseLength, ScorerSamplingConfig, get_scorer, list_scorers
from report import write_report

mlflow.set_experiment(os.environ["EXPERIMENT"])
match os.environ["STEP"]:
    case "make":
        polite = RegexMatch(name="polite", pattern="please").register()
        polite.start(sampling_config=ScorerSamplingConfig(sample_rate=0.5, filter_string="status = 'OK'"))
        short = ResponseLength(name="short", max_length=80).register()
        short.start(sampling_config=ScorerSamplingConfig(sample_rate=1.0))
    case "change":
        get_scorer(name="polite").update(sampling_config=ScorerSamplingConfig(sample_rate=0.25))
        RegexMatch(name="new", pattern="x").register()
write_report({"scorers": sorted([each.name, each.sample_rate, each.filter_string] for each in list_scorers())})
