# Added: the guide begins with a trace that it does not make
import mlflow

with mlflow.start_span("ask", span_type="LLM") as span:
    span.set_attribute("mlflow.chat.tokenUsage", {"input_tokens": 21, "output_tokens": 5, "total_tokens": 26})
trace = mlflow.get_trace(mlflow.get_last_active_trace_id())

# Get aggregated token usage (if available)
token_usage = trace.info.token_usage
if token_usage:
    print(f"Input tokens: {token_usage.get('input_tokens')}")
    print(f"Output tokens: {token_usage.get('output_tokens')}")
    print(f"Total tokens: {token_usage.get('total_tokens')}")
