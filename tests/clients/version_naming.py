"""Do what the guide to versions prints: put a version's name where an id is meant; and set session and user as tags."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import os
from concurrent.futures import ThreadPoolExecutor

import mlflow
from report import attempt, write_report

EXPERIMENT = mlflow.set_experiment(os.environ["EXPERIMENT"])
NAME = "customer_support_agent-git-98207f02"
GUIDE = "customer_support_agent-v1.0.1"
client = mlflow.MlflowClient()


def sessions():
    """List the sessions with their turns; the oldest client cannot."""
    if not hasattr(mlflow, "search_sessions"):
        return None
    found = mlflow.search_sessions(locations=[EXPERIMENT.experiment_id])
    return [[session.id, [trace.info.trace_id for trace in session]] for session in found]


def ask(message, session, user):
    """Answer as the guide's application does."""

    @mlflow.trace
    def process_message(message):
        mlflow.update_current_trace(tags={"mlflow.trace.session": session, "mlflow.trace.user": user})
        return f"Processed: {message}"

    process_message(message)
    mlflow.flush_trace_async_logging()
    return mlflow.get_last_active_trace_id()


def found(**how):
    traces = mlflow.search_traces(experiment_ids=[EXPERIMENT.experiment_id], return_type="list", **how)
    return sorted(trace.info.trace_id for trace in traces)


def named(version, *turns):
    """Ask in a thread of its own: each thread reads the environment once."""
    os.environ["MLFLOW_ACTIVE_MODEL_ID"] = version
    with ThreadPoolExecutor(1) as thread:
        return list(thread.map(lambda turn: ask(*turn), turns))


unlinked = ask("before", "s-0", "ana")
model = mlflow.create_external_model(name=NAME)
by_name = named(NAME, ("hello", "s-1", "ana"), ("again", "s-1", "ana"))
by_id = named(model.model_id, ("from elsewhere", "s-2", "bob"))
dotted = named(GUIDE, ("early", "s-3", None))
late = mlflow.create_external_model(name=GUIDE)
once = [mlflow.create_external_model(name="once", tags={"trilha.getOrCreate": "true"}).model_id for _ in range(2)]

report = {
    "unlinked": unlinked,
    "by name": by_name,
    "by id": by_id,
    "dotted": dotted,
    "name": found(model_id=NAME),
    "id": found(model_id=model.model_id),
    "late name": found(model_id=GUIDE),
    "late id": found(model_id=late.model_id),
    "filtered": [
        found(filter_string=f"metadata.`mlflow.modelId` = '{text}' AND tags.`mlflow.trace.user` = 'ana'")
        for text in (NAME, model.model_id)
    ],
    "others": found(filter_string=f"model_id != '{NAME}'"),
    "carried": mlflow.get_trace(by_name[0]).info.trace_metadata["mlflow.modelId"],
    "twice": len(set(once)),
    "sessions": sessions(),
    "user": attempt(lambda: mlflow.get_trace(by_name[0]).info.trace_metadata["mlflow.trace.user"]),
    "status": str(mlflow.get_logged_model(once[0]).status),
}
write_report(report)
