"""Serve a chat whose traces know their request, session, user and deployment.

Guide: production observability.
Repaired: the printed code has lost its indentation; `@mlflow.trace` stood outside `@app.post`, where FastAPI keeps
the function that is not traced and no trace is made; `mlflow-tracing` 3.17 fails on MLFLOW_EXPERIMENT_NAME where nobody
has called `set_experiment`, and makes no trace, so the app calls it. A missing header leaves a tag without a value,
which the server drops.
Added: `send_the_rest`. On SIGTERM uvicorn ends without Python's exit handlers, and with it traces that MLflow's client
has not sent yet.
"""

import os
from contextlib import asynccontextmanager

import mlflow
from fastapi import FastAPI, Request
from pydantic import BaseModel


@asynccontextmanager
async def send_the_rest(app: FastAPI):
    yield
    mlflow.flush_trace_async_logging()


# Make the FastAPI app
app = FastAPI(lifespan=send_the_rest)

# Trace into this experiment
mlflow.set_experiment(os.getenv("MLFLOW_EXPERIMENT_NAME", "/Shared/production-genai-app"))


class ChatRequest(BaseModel):
    message: str


@app.post("/chat")  # FastAPI's decorator is the outer one, so that it serves the traced function
@mlflow.trace
def handle_chat(request: Request, chat_request: ChatRequest):
    # Read all context from the request's headers
    client_request_id = request.headers.get("X-Request-ID")
    session_id = request.headers.get("X-Session-ID")
    user_id = request.headers.get("X-User-ID")

    # Put the context and the environment on the current trace, which @mlflow.trace has begun
    mlflow.update_current_trace(
        client_request_id=client_request_id,
        tags={
            # Session: groups the traces of a conversation of several turns
            "mlflow.trace.session": session_id,
            # User: says whose traces they are
            "mlflow.trace.user": user_id,
            # Environment: says which deployment made them
            "environment": "production",
            "app_version": os.getenv("APP_VERSION", "1.0.0"),
            "deployment_id": os.getenv("DEPLOYMENT_ID", "unknown"),
            "region": os.getenv("REGION", "us-east-1"),
        },
    )

    # --- The application's own logic for the message, such as a call of a language model ---
    # response_text = my_llm_call(message=chat_request.message, session_id=session_id, user_id=user_id)
    response_text = f"Processed message: '{chat_request.message}'"
    # --- End of the application's logic ---

    # Answer
    return {"response": response_text}


# To run it:
# uvicorn chat_app:app --app-dir examples/production
#
# A request with all headers:
# curl -X POST "http://127.0.0.1:8000/chat" \
#   -H "Content-Type: application/json" \
#   -H "X-Request-ID: req-abc-123-xyz-789" \
#   -H "X-Session-ID: session-def-456-uvw-012" \
#   -H "X-User-ID: user-jane-doe-12345" \
#   -d '{"message": "What is my account balance?"}'
