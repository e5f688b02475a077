"""Libraries whose calls become spans by themselves: `trilha.openai.autolog()`.

The instrumentations are those of OpenInference, packages of their own that are installed beside the library.
"""

import importlib
import logging
from typing import Any, Final

import msgspec

_log = logging.getLogger("trilha")


class Integration(msgspec.Struct, frozen=True):
    """A library, and the package that instruments it."""

    package: str
    module: str
    instrumentor: str

    def autolog(self, log_traces: bool = True, disable: bool = False, silent: bool = False, **_: Any) -> None:
        """Make calls of the library spans, from now on; or no more, with `disable`. Again does nothing."""
        from trilha import _otel  # noqa: PLC0415  # OpenTelemetry is loaded for those who use it

        instrumentor = self._load()
        if disable or not log_traces:
            instrumentor.uninstrument()
            return
        try:
            instrumentor.instrument(tracer_provider=_otel.provider())
        except Exception as error:  # the instrumentation's: the application goes on without it
            _log.log(
                logging.DEBUG if silent else logging.WARNING,
                "%s could not be started (%s): calls of the library are not traced",
                self.package,
                type(error).__name__,
            )

    def _load(self) -> Any:  # Any: classes of packages that may not be installed
        try:
            module = importlib.import_module(self.module)
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                f"autolog needs the package {self.package}: pip install {self.package}", name=error.name
            ) from error
        return getattr(module, self.instrumentor)()


def _of_openinference(name: str, instrumentor: str) -> Integration:
    package = f"openinference-instrumentation-{name}"
    return Integration(package, package.replace("-", ".", 2).replace("-", "_"), instrumentor)


INTEGRATIONS: Final = {
    "openai": _of_openinference("openai", "OpenAIInstrumentor"),
    "openai_agents": _of_openinference("openai-agents", "OpenAIAgentsInstrumentor"),
    "anthropic": _of_openinference("anthropic", "AnthropicInstrumentor"),
    "langchain": _of_openinference("langchain", "LangChainInstrumentor"),
    "langgraph": _of_openinference("langchain", "LangChainInstrumentor"),
    "llama_index": _of_openinference("llama-index", "LlamaIndexInstrumentor"),
    "dspy": _of_openinference("dspy", "DSPyInstrumentor"),
    "bedrock": _of_openinference("bedrock", "BedrockInstrumentor"),
    "gemini": _of_openinference("google-genai", "GoogleGenAIInstrumentor"),
    "groq": _of_openinference("groq", "GroqInstrumentor"),
    "mistral": _of_openinference("mistralai", "MistralAIInstrumentor"),
    "litellm": _of_openinference("litellm", "LiteLLMInstrumentor"),
    "crewai": _of_openinference("crewai", "CrewAIInstrumentor"),
    "smolagents": _of_openinference("smolagents", "SmolagentsInstrumentor"),
    "agno": _of_openinference("agno", "AgnoInstrumentor"),
    "haystack": _of_openinference("haystack", "HaystackInstrumentor"),
    "autogen": _of_openinference("autogen-agentchat", "AutogenAgentChatInstrumentor"),
}
"""What `trilha.<name>.autolog()` instruments."""
