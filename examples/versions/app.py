"""Serve an application whose traces are linked to a version by the environment alone.

Guide: link production traces to app versions.
Repaired: where nobody has called `set_experiment`, `mlflow-tracing` 3.17 fails on MLFLOW_EXPERIMENT_NAME and makes
no trace; so the app calls it.
Added: `send_the_rest`, since on SIGTERM uvicorn ends without Python's exit handlers, and with it traces that MLflow's
client has not sent yet; and the last lines, so that `python app.py`, the command of the guide's Dockerfile, serves.
"""

import os
from contextlib import asynccontextmanager

import mlflow
import uvicorn
from fastapi import FastAPI, Request


@asynccontextmanager
async def send_the_rest(app: FastAPI):
    yield
    mlflow.flush_trace_async_logging()


app = FastAPI(lifespan=send_the_rest)

# Trace into this experiment
mlflow.set_experiment(os.getenv("MLFLOW_EXPERIMENT_NAME", "/Shared/production-genai-app"))


@mlflow.trace
def process_message(message: str) -> str:
    # The application's own logic stands here
    return f"Processed: {message}"


@app.post("/chat")
def handle_chat(request: Request, message: str):
    # The trace is linked to the LoggedModel that MLFLOW_ACTIVE_MODEL_ID names
    response = process_message(message)
    return {"response": response}


if __name__ == "__main__":
    uvicorn.run(app, host=os.getenv("HOST", "0.0.0.0"), port=int(os.getenv("PORT", "8000")))

# curl -X POST "http://127.0.0.1:8000/chat?message=hello"
