"""Names of attributes, tags and metadata that traces carry, each with the convention it comes from."""

from typing import Final

# MLflow 3: span attributes.
TRACE_REQUEST_ID: Final = "mlflow.traceRequestId"
SPAN_TYPE: Final = "mlflow.spanType"
SPAN_INPUTS: Final = "mlflow.spanInputs"
SPAN_OUTPUTS: Final = "mlflow.spanOutputs"
SPAN_FUNCTION_NAME: Final = "mlflow.spanFunctionName"
SPAN_LOG_LEVEL: Final = "mlflow.spanLogLevel"
SPAN_DESCRIPTION: Final = "mlflow.spanDescription"
CHUNK_EVENT_PREFIX: Final = "mlflow.chunk.item."
CHUNK_VALUE: Final = "mlflow.chunk.value"
CHAT_TOKEN_USAGE: Final = "mlflow.chat.tokenUsage"
CHAT_TOOLS: Final = "mlflow.chat.tools"
LLM_MODEL: Final = "mlflow.llm.model"
LLM_PROVIDER: Final = "mlflow.llm.provider"
LLM_COST: Final = "mlflow.llm.cost"

# MLflow 3: trace tags.
TRACE_NAME: Final = "mlflow.traceName"
ARTIFACT_LOCATION: Final = "mlflow.artifactLocation"
SPANS_LOCATION: Final = "mlflow.trace.spansLocation"
LINKED_PROMPTS: Final = "mlflow.linkedPrompts"

# MLflow 3: trace metadata; the guides set some of them as tags.
TRACE_SESSION: Final = "mlflow.trace.session"
TRACE_USER: Final = "mlflow.trace.user"
MODEL_ID: Final = "mlflow.modelId"
SOURCE_RUN: Final = "mlflow.sourceRun"
SOURCE_NAME: Final = "mlflow.source.name"
SOURCE_TYPE: Final = "mlflow.source.type"
SOURCE_GIT_COMMIT: Final = "mlflow.source.git.commit"
SOURCE_GIT_BRANCH: Final = "mlflow.source.git.branch"
SOURCE_GIT_REPO_URL: Final = "mlflow.source.git.repoURL"
SOURCE_GIT_DIRTY: Final = "mlflow.source.git.dirty"
SOURCE_GIT_DIFF: Final = "mlflow.source.git.diff"
TRACE_TOKEN_USAGE: Final = "mlflow.trace.tokenUsage"
TRACE_COST: Final = "mlflow.trace.cost"
TRACE_INPUTS: Final = "mlflow.traceInputs"
TRACE_OUTPUTS: Final = "mlflow.traceOutputs"
TRACE_SIZE_BYTES: Final = "mlflow.trace.sizeBytes"
TRACE_SIZE_STATS: Final = "mlflow.trace.sizeStats"
TRACE_SCHEMA_VERSION: Final = "mlflow.trace_schema.version"
INFO_FINALIZED: Final = "mlflow.trace.infoFinalized"
USER: Final = "mlflow.user"

# MLflow 3: tags of runs, and of what they read.
RUN_NAME: Final = "mlflow.runName"
LOGGED_MODELS: Final = "mlflow.log-model.history"
DATASET_CONTEXT: Final = "mlflow.data.context"

# MLflow 3: tags of registered models and their versions.
IS_PROMPT: Final = "mlflow.prompt.is_prompt"
PROMPT_TEXT: Final = "mlflow.prompt.text"
PROMPT_TYPE: Final = "_mlflow_prompt_type"
PROMPT_RESPONSE_FORMAT: Final = "_mlflow_prompt_response_format"
PROMPT_MODEL_CONFIG: Final = "_mlflow_prompt_model_config"

# OpenTelemetry semantic conventions.
OTEL_SCOPE_NAME: Final = "otel.scope.name"
OTEL_SERVICE_NAME: Final = "service.name"
OTEL_SERVICE_VERSION: Final = "service.version"
OTEL_SESSION_ID: Final = "session.id"
OTEL_USER_ID: Final = "user.id"
GEN_AI_OPERATION_NAME: Final = "gen_ai.operation.name"
GEN_AI_INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
GEN_AI_OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
GEN_AI_INPUT_MESSAGES: Final = "gen_ai.input.messages"
GEN_AI_OUTPUT_MESSAGES: Final = "gen_ai.output.messages"

# OpenInference.
OPENINFERENCE_SPAN_KIND: Final = "openinference.span.kind"
OPENINFERENCE_INPUT: Final = "input.value"
OPENINFERENCE_OUTPUT: Final = "output.value"
OPENINFERENCE_PROMPT_TOKENS: Final = "llm.token_count.prompt"
OPENINFERENCE_COMPLETION_TOKENS: Final = "llm.token_count.completion"
OPENINFERENCE_TOTAL_TOKENS: Final = "llm.token_count.total"

# Ours.
GET_OR_CREATE: Final = "trilha.getOrCreate"
# Trilha: what a root span says of its whole trace.
TRACE_CLIENT_REQUEST_ID: Final = "trilha.trace.client_request_id"
TRACE_REQUEST_PREVIEW: Final = "trilha.trace.request_preview"
TRACE_RESPONSE_PREVIEW: Final = "trilha.trace.response_preview"
TRACE_STATE: Final = "trilha.trace.state"
TRACE_RUN_ID: Final = "trilha.trace.run_id"
TRACE_METADATA_PREFIX: Final = "trilha.trace.metadata."
TRACE_TAG_PREFIX: Final = "mlflow.traceTag."

# Trilha: on a span that was sent without what it held, with the kind of the error.
WITHHELD: Final = "trilha.withheld"

# Trilha: on the span of a generator that was closed before its end.
CANCELLED: Final = "trilha.cancelled"

# Headers.
HEADER_MLFLOW_EXPERIMENT_ID: Final = "x-mlflow-experiment-id"
HEADER_MLFLOW_RUN_ID: Final = "x-mlflow-run-id"
HEADER_EXPERIMENT: Final = "x-trilha-experiment"
