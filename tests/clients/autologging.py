"""Hold the conversation through OpenAI's client while MLflow traces it by itself, then read the traces back."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import os

import calling_openai
import mlflow
from conversation import ANSWER, QUESTION, SESSION, USER
from report import trace_document, write_report

CONVERSATIONS = ("chat", "stream", "responses", "responses_stream")
SINGLE_CALLS = ("ask", "embed", "fail")


@mlflow.trace(span_type="AGENT")
def answer(question):
    """Hold the conversation within one trace, in the way that is set."""
    mlflow.update_current_trace(session_id=SESSION, user=USER)
    getattr(calling_openai, WAY[0])()
    return ANSWER


WAY = []


def main():
    mlflow.set_experiment(os.environ["EXPERIMENT"])
    mlflow.openai.autolog()
    trace_ids = {}
    for call in CONVERSATIONS:
        WAY[:] = [call]
        answer(QUESTION)
        trace_ids[call] = mlflow.get_last_active_trace_id()
    for call in SINGLE_CALLS:
        getattr(calling_openai, call)()
        trace_ids[call] = mlflow.get_last_active_trace_id()
    mlflow.flush_trace_async_logging()
    traces = {label: mlflow.get_trace(trace_id) for label, trace_id in trace_ids.items()}
    write_report(
        {
            "traces": trace_ids,
            "read": {label: trace_document(trace) for label, trace in traces.items()},
            "usage": {label: trace.info.token_usage for label, trace in traces.items()},
            "cost": {label: trace.info.cost for label, trace in traces.items()},
        }
    )


main()
