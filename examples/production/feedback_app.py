"""Serve the feedback of users on what the chat has answered.

Guide: production observability.
Repaired: the printed code has lost its indentation; `return {…}, 500` is Flask's way, and FastAPI would answer 200
with a list, so an HTTPException is raised; the experiment comes from the environment, since the guide uses another
name here than for the chat, and there it finds nothing.
Needs `mlflow`: `mlflow-tracing` has no `MlflowClient`.
"""

import os
from typing import Optional

import mlflow
from fastapi import FastAPI, HTTPException, Query, Request
from mlflow.client import MlflowClient
from mlflow.entities import AssessmentSource
from pydantic import BaseModel

# Make the FastAPI app
app = FastAPI()


class FeedbackRequest(BaseModel):
    is_correct: bool  # True for correct, False for incorrect
    comment: Optional[str] = None


@app.post("/chat_feedback")
def handle_chat_feedback(
    request: Request,
    client_request_id: str = Query(..., description="The client request ID from the original chat request"),
    feedback: FeedbackRequest = ...,
):
    """Collect a user's feedback on the chat interaction that client_request_id names."""
    # Search for the trace with this client_request_id
    client = MlflowClient()
    # Get the experiment by its name, a workspace path
    experiment = client.get_experiment_by_name(os.getenv("MLFLOW_EXPERIMENT_NAME", "/Shared/production-genai-app"))
    traces = client.search_traces(
        experiment_ids=[experiment.experiment_id],
        filter_string=f"attributes.client_request_id = '{client_request_id}'",
        max_results=1,
    )

    if not traces:
        raise HTTPException(
            status_code=500,
            detail={
                "status": "error",
                "message": f"Unable to find data for client request ID: {client_request_id}",
            },
        )

    # Log the feedback
    mlflow.log_feedback(
        trace_id=traces[0].info.trace_id,
        name="response_is_correct",
        value=feedback.is_correct,
        source=AssessmentSource(
            source_type="HUMAN",
            source_id=request.headers.get("X-User-ID"),
        ),
        rationale=feedback.comment,
    )

    return {
        "status": "success",
        "message": "Feedback recorded successfully",
        "trace_id": traces[0].info.trace_id,
        "client_request_id": client_request_id,
        "feedback_by": request.headers.get("X-User-ID"),
    }


# To run it beside the chat:
# uvicorn feedback_app:app --app-dir examples/production --port 8001
#
# After the chat has answered, its client may say what it thinks:
# curl -X POST "http://127.0.0.1:8001/chat_feedback?client_request_id=req-abc-123-xyz-789" \
#   -H "Content-Type: application/json" \
#   -H "X-User-ID: user-jane-doe-12345" \
#   -d '{"is_correct": true, "comment": "The response was accurate and helpful"}'
