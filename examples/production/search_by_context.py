"""Find the traces of a user and of a session.

Guide: production observability.
Repaired: the experiment comes from the environment, since the guide uses another name here than for the chat; pandas
was imported and not used.
Added: the last two lines, which show what was found.
Needs `mlflow`: `mlflow-tracing` has no `MlflowClient`.
"""

import os

from mlflow.client import MlflowClient

client = MlflowClient()
experiment = client.get_experiment_by_name(os.getenv("MLFLOW_EXPERIMENT_NAME", "/Shared/production-genai-app"))

# Traces by user
user_traces = client.search_traces(
    experiment_ids=[experiment.experiment_id],
    filter_string="tags.`mlflow.trace.user` = 'user-jane-doe-12345'",
    max_results=100,
)

# Traces by session
session_traces = client.search_traces(
    experiment_ids=[experiment.experiment_id],
    filter_string="tags.`mlflow.trace.session` = 'session-123'",
    max_results=100,
)

print(f"Found {len(user_traces)} traces of the user: {[trace.info.trace_id for trace in user_traces]}")
print(f"Found {len(session_traces)} traces of the session: {[trace.info.trace_id for trace in session_traces]}")
