"""Register scorers of every kind, start and stop them, read them back and delete them."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import os

import mlflow
from mlflow.genai import make_judge
from mlflow.genai.scorers import (
    Guidelines,
    RegexMatch,
    ScorerSamplingConfig,
    delete_scorer,
    get_scorer,
    list_scorers,
    scorer,
)
from mlflow.genai.scorers.registry import list_scorer_versions
from report import attempt, write_report

# On `databricks` the client itself refuses judges of other providers.
JUDGE = "databricks:/a-judge" if mlflow.get_tracking_uri() == "databricks" else "openai:/gpt-4.1-mini"


@scorer
def is_short(outputs) -> bool:
    """Its text travels with it."""
    return len(str(outputs)) < 80


def seen(found):
    return {
        "class": type(found).__name__,
        "name": found.name,
        "sample_rate": found.sample_rate,
        "filter": found.filter_string,
    }


def sampled(rate=None, filter_string=None):
    return ScorerSamplingConfig(sample_rate=rate, filter_string=filter_string)


def judged():
    return make_judge(
        name="grounded",
        instructions="Is {{ outputs }} grounded in {{ inputs }}?",
        model=JUDGE,
        feedback_value_type=bool,
    )


def life(made):
    """Register, start, change, stop, and read after each."""
    name = made.name
    report = {"registered": attempt(lambda: seen(made.register()))}
    report["read"] = attempt(lambda: seen(get_scorer(name=name)))
    kept = made.register()
    report["started"] = attempt(lambda: seen(kept.start(sampling_config=sampled(0.5, "status = 'OK'"))))
    report["faster"] = attempt(lambda: seen(kept.update(sampling_config=sampled(1.0))))
    report["narrower"] = attempt(lambda: seen(kept.update(sampling_config=sampled(None, "user = 'ann'"))))
    report["listed"] = [seen(found) for found in list_scorers() if found.name == name]
    report["stopped"] = attempt(lambda: seen(kept.stop()))
    report["again"] = attempt(lambda: seen(get_scorer(name=name).start(sampling_config=sampled(0.25))))
    report["bad filter"] = attempt(
        lambda: seen(kept.update(sampling_config=sampled(1.0, "status = 'OK' AND bogus = 1")))
    )
    report["bad rate"] = attempt(lambda: seen(kept.update(sampling_config=sampled(1.5))))
    report["after"] = attempt(lambda: seen(get_scorer(name=name)))
    report["versions"] = attempt(lambda: [number for _, number in list_scorer_versions(name=name)])
    report["first"] = attempt(lambda: seen(get_scorer(name=name, version=1)))
    return report


def brief(words):
    return Guidelines(name="doomed", guidelines=f"use {words} words", model=JUDGE)


def deletion():
    """Delete one version, and then all."""
    for words in (1, 2, 3):
        brief(words).register()
    delete_scorer(name="doomed", version=3)
    report = {"versions": [number for _, number in list_scorer_versions(name="doomed")]}
    brief(4).register()
    report["next"] = [number for _, number in list_scorer_versions(name="doomed")]
    report["missing version"] = attempt(lambda: delete_scorer(name="doomed", version=99))
    report["all"] = attempt(lambda: delete_scorer(name="doomed", version="all"))
    report["read"] = attempt(lambda: seen(get_scorer(name="doomed")))
    report["names"] = [found.name for found in list_scorers()]
    report["twice"] = attempt(lambda: delete_scorer(name="doomed", version="all"))
    return report


def works():
    """Run what was read back, where that needs no judge."""
    found = get_scorer(name="has_number")
    return [str(found(outputs=text).value) for text in ("order 66", "none")]


def functions():
    """Register a function; to read it back is to run its text, which the client does only where it is told to."""
    mlflow.set_experiment(os.environ["EXPERIMENT"] + "/functions")
    report = {
        "registered": attempt(lambda: is_short.register().name),
        "read": attempt(lambda: seen(get_scorer(name="is_short"))),
        "listed": attempt(lambda: [seen(found) for found in list_scorers()]),
    }
    os.environ["MLFLOW_SERVER_ENABLE_CUSTOM_SCORERS"] = "true"
    report["life"] = attempt(lambda: life(is_short))
    report["works"] = attempt(lambda: [get_scorer(name="is_short")(outputs=text) for text in ("x", "x" * 90)])
    return report


mlflow.set_experiment(os.environ["EXPERIMENT"])
report = {
    "empty": [found.name for found in list_scorers()],
    "missing": attempt(lambda: get_scorer(name="nobody")),
    "guidelines": life(Guidelines(name="polite", guidelines=["be polite", "sei höflich"], model=JUDGE)),
    "judge": life(judged()),
    "regex": life(RegexMatch(name="has_number", pattern=r"\d+")),
    "works": works(),
    "deletion": deletion(),
}
write_report({**report, "functions": functions()})
