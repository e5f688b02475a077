"""Libraries whose calls become spans by themselves: `trilha.openai.autolog()`.

The instrumentations are those of OpenInference, packages of their own: `pip install "trilha[openai]"` brings one along.
"""

import importlib.util
import logging
from typing import Any, Final

import msgspec

_log = logging.getLogger("trilha")
_started: set[str] = set()
"""Packages whose instrumentation was started here, and so sends to us."""
_OWN_TRACERS: Final = ("com.anthropic.sdk.python",)
"""Tracers of clients that tell of their calls themselves: who names libraries here wants those, and each call once."""


class Integration(msgspec.Struct, frozen=True):
    """A library, and the package that instruments it."""

    name: str
    package: str
    instrumentor: str

    @property
    def module(self) -> str:
        """Where the instrumentation is imported from."""
        return self.package.replace("-", ".", 2).replace("-", "_")

    def autolog(self, log_traces: bool = True, disable: bool = False, silent: bool = False, **_: Any) -> None:
        """Make calls of the library spans, from now on; or no more, with `disable`. Again does nothing.

        Raises `ModuleNotFoundError` where the package that instruments is not installed.
        """
        from trilha import _otel  # noqa: PLC0415  # OpenTelemetry is loaded for those who use it

        _otel.muted_tracers.update(_OWN_TRACERS)
        if disable or not log_traces:
            _otel.open_in_libraries.pop(self.package, None)
            self._stop(silent)
            return
        self._check()
        try:
            self._start(silent)
        except Exception as error:  # the instrumentation's: the application goes on without it
            self._tell(f"it could not be started ({type(error).__name__})", silent)

    def _start(self, silent: bool) -> None:
        from trilha import _otel  # noqa: PLC0415  # as above

        module = importlib.import_module(self.module)
        instrumentor = getattr(module, self.instrumentor)()
        if instrumentor.is_instrumented_by_opentelemetry:
            if self.package not in _started:
                self._tell("somebody else has started it, and its spans go there", silent)
            return
        instrumentor.instrument(tracer_provider=_otel.provider())
        if not instrumentor.is_instrumented_by_opentelemetry:  # it has said why: the library's version, as a rule
            self._tell("it refused to start", silent)
            return
        _started.add(self.package)
        if hasattr(module, "get_current_span"):
            _otel.open_in_libraries[self.package] = module.get_current_span

    def _stop(self, silent: bool) -> None:
        if self.package not in _started:
            return
        _started.remove(self.package)
        try:
            getattr(importlib.import_module(self.module), self.instrumentor)().uninstrument()
        except Exception as error:  # the instrumentation's
            _log.log(_level(silent), "%s could not be stopped (%s)", self.package, type(error).__name__)

    def _check(self) -> None:
        try:
            is_there = importlib.util.find_spec(self.module) is not None
        except ModuleNotFoundError:  # nothing of OpenInference is
            is_there = False
        if not is_there:
            raise ModuleNotFoundError(
                f"trilha.{self.name}.autolog() needs one more package: pip install {self.package}", name=self.module
            )

    def _tell(self, what: str, silent: bool) -> None:
        _log.log(_level(silent), "%s: %s; calls of the library are not traced", self.package, what)


def _level(silent: bool) -> int:
    return logging.DEBUG if silent else logging.WARNING


def _of_openinference(name: str, instrumentor: str, package: str | None = None) -> Integration:
    return Integration(name, f"openinference-instrumentation-{package or name.replace('_', '-')}", instrumentor)


INTEGRATIONS: Final = {
    integration.name: integration
    for integration in (
        _of_openinference("openai", "OpenAIInstrumentor"),
        _of_openinference("openai_agents", "OpenAIAgentsInstrumentor"),
        _of_openinference("anthropic", "AnthropicInstrumentor"),
        _of_openinference("langchain", "LangChainInstrumentor"),
        _of_openinference("langgraph", "LangChainInstrumentor", "langchain"),
        _of_openinference("llama_index", "LlamaIndexInstrumentor"),
        _of_openinference("dspy", "DSPyInstrumentor"),
        _of_openinference("bedrock", "BedrockInstrumentor"),
        _of_openinference("gemini", "GoogleGenAIInstrumentor", "google-genai"),
        _of_openinference("groq", "GroqInstrumentor"),
        _of_openinference("mistral", "MistralAIInstrumentor", "mistralai"),
        _of_openinference("litellm", "LiteLLMInstrumentor"),
        _of_openinference("crewai", "CrewAIInstrumentor"),
        _of_openinference("smolagents", "SmolagentsInstrumentor"),
        _of_openinference("agno", "AgnoInstrumentor"),
        _of_openinference("haystack", "HaystackInstrumentor"),
        _of_openinference("autogen", "AutogenAgentChatInstrumentor", "autogen-agentchat"),
    )
}
"""What `trilha.<name>.autolog()` instruments."""
