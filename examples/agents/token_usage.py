"""Call a language model and read how many tokens it took.

Guide: trace agents deployed on Databricks (Azure).
Repaired: the printed code has lost its indentation and begins with a `trace` that it does not make; the lines before
are ours.
Needs `mlflow` or `mlflow-tracing`, and `openai`; OPENAI_API_KEY, and OPENAI_BASE_URL for any other provider of this
protocol.
"""

import os

import mlflow
from openai import OpenAI

mlflow.set_experiment(os.getenv("MLFLOW_EXPERIMENT_NAME", "/Shared/production-agent"))
mlflow.openai.autolog()  # traces each call, with the tokens that the provider has counted

OpenAI().chat.completions.create(
    model=os.getenv("AGENT_MODEL", "gpt-4o-mini"),
    messages=[{"role": "user", "content": "Where is my order?"}],
)
mlflow.flush_trace_async_logging()
trace = mlflow.get_trace(mlflow.get_last_active_trace_id())

# Get the token usage of the whole trace (if available)
token_usage = trace.info.token_usage
if token_usage:
    print(f"Input tokens: {token_usage.get('input_tokens')}")
    print(f"Output tokens: {token_usage.get('output_tokens')}")
    print(f"Total tokens: {token_usage.get('total_tokens')}")
