"""Names of those who serve models, in one spelling whoever wrote them."""

_NAMES = {
    # As OpenTelemetry's registry of gen_ai.provider.name spells them, by the spellings of
    # the AI SDK (its own table), LangSmith (ls_provider and gen_ai.system) and LiveKit.
    "amazon-bedrock": "aws.bedrock",
    "amazon_bedrock": "aws.bedrock",
    "anthropic_bedrock": "aws.bedrock",
    "az.ai.inference": "azure.ai.inference",
    "az.ai.openai": "azure.ai.openai",
    "aws": "aws.bedrock",
    "azure-openai": "azure.ai.openai",
    "azure_openai": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "bedrock_converse": "aws.bedrock",
    "gemini": "gcp.gemini",
    "google": "gcp.gemini",
    "google-vertex": "gcp.vertex_ai",
    "google.generative-ai": "gcp.gemini",
    "google.vertex": "gcp.vertex_ai",
    "google_anthropic_vertex": "gcp.vertex_ai",
    "google_genai": "gcp.gemini",
    "google_vertexai": "gcp.vertex_ai",
    "mistral": "mistral_ai",
    "mistralai": "mistral_ai",
    "vertex.anthropic": "gcp.vertex_ai",
    "vertex_ai": "gcp.vertex_ai",
    "vertexai": "gcp.vertex_ai",
    "xai": "x_ai",
}

_PLAIN = frozenset(
    {"anthropic", "azure", "cohere", "deepseek", "fireworks", "groq", "ollama", "openai", "openrouter", "perplexity"}
)


def provider_of(name: str) -> str:
    """Spell a provider as OpenTelemetry does; one that is not known here is only written small.

    The AI SDK names the kind of request behind it: `openai.responses`, `google.vertex.chat`.
    """
    known = name.lower()
    if known in _NAMES:
        return _NAMES[known]
    while "." in known:
        known = known.rpartition(".")[0]
        if known in _NAMES:
            return _NAMES[known]
        if known in _PLAIN:
            return known
    return name.lower()
