"""Names of providers, as conventions and frameworks spell them, to the price list's ids."""

import re

# Spellings without case and punctuation. Sources: gen_ai.provider.name and gen_ai.system of the OpenTelemetry GenAI
# conventions, llm.provider of OpenInference, ai.model.provider of the AI SDK, ls_provider of LangChain, litellm.
_IDS = {
    "anthropic": "anthropic",
    "arcee": "arcee",
    "avian": "avian",
    "amazon": "aws",
    "amazonbedrock": "aws",
    "aws": "aws",
    "awsbedrock": "aws",
    "bedrock": "aws",
    "bedrockconverse": "aws",
    "azai": "azure",
    "azaiinference": "azure",
    "azaiopenai": "azure",
    "azopenai": "azure",
    "azure": "azure",
    "azureai": "azure",
    "azureaiinference": "azure",
    "azureaiopenai": "azure",
    "azurechatopenai": "azure",
    "azureopenai": "azure",
    "azureopenairesponses": "azure",
    "baseten": "baseten",
    "cerebras": "cerebras",
    "cloudflare": "cloudflare",
    "workersai": "cloudflare",
    "cohere": "cohere",
    "coherechat": "cohere",
    "databricks": "databricks",
    "deepseek": "deepseek",
    "elevenlabs": "elevenlabs",
    "fireworks": "fireworks",
    "fireworksai": "fireworks",
    "gcp": "google",
    "gcpgemini": "google",
    "gcpgenai": "google",
    "gcpvertexai": "google",
    "gemini": "google",
    "google": "google",
    "googleaistudio": "google",
    "googlegemini": "google",
    "googlegenai": "google",
    "googlegenerativeai": "google",
    "googlegla": "google",
    "googlevertex": "google",
    "googlevertexai": "google",
    "vertex": "google",
    "vertexai": "google",
    "vertexaibeta": "google",
    "githubcopilot": "github-copilot",
    "grok": "x-ai",
    "xai": "x-ai",
    "groq": "groq",
    "minimax": "minimax",
    "mistral": "mistral",
    "mistralai": "mistral",
    "moonshot": "moonshotai",
    "moonshotai": "moonshotai",
    "novita": "novita",
    "novitaai": "novita",
    "openai": "openai",
    "openaichat": "openai",
    "openairesponses": "openai",
    "openrouter": "openrouter",
    "ovhcloud": "ovhcloud",
    "perplexity": "perplexity",
    "perplexityai": "perplexity",
    "together": "together",
    "togetherai": "together",
    "voyage": "voyageai",
    "voyageai": "voyageai",
    "zai": "zai",
    "zhipu": "zhipuai",
    "zhipuai": "zhipuai",
}

_OWN_MACHINES = frozenset(
    {
        "gpt4all",
        "llamacpp",
        "llamafile",
        "lmstudio",
        "localai",
        "mlx",
        "ollama",
        "ollamachat",
        "sglang",
        "tgi",
        "transformers",
        "triton",
        "vllm",
        "hostedvllm",
        "xinference",
    }
)

_PUNCTUATION = re.compile(r"[^a-z0-9]")
_FRAMEWORK = re.compile(r"^(?:langchain|chat)")


def provider_id(name: str) -> str | None:
    """Find the price list's id of a provider; `None` where it is not sure which is meant."""
    squashed = _squashed(name)
    for spelling in (squashed, _FRAMEWORK.sub("", squashed), _squashed(name.partition(".")[0])):
        if spelling in _IDS:
            return _IDS[spelling]
    return None


def is_own_machine(name: str) -> bool:
    """Tell whether a provider is software that people run themselves: nobody charges for its tokens."""
    return _squashed(name) in _OWN_MACHINES or _squashed(name.partition(".")[0]) in _OWN_MACHINES


def same_provider(left: str, right: str) -> bool:
    """Tell whether two spellings mean one provider."""
    return _squashed(left) == _squashed(right) or (provider_id(left) or 0) == (provider_id(right) or 1)


def _squashed(name: str) -> str:
    return _PUNCTUATION.sub("", name.lower())
