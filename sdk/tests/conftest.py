from collections.abc import Iterator

import pytest
from trilha import _faults, tracing


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]  # pytest uses it
    for name in ("MLFLOW_TRACE_SAMPLING_RATIO", "MLFLOW_TRACING_ENABLED", "TRILHA_TAGS", "MLFLOW_ACTIVE_MODEL_ID"):
        monkeypatch.delenv(name, raising=False)
    tracing.reset()
    _faults.forget()
    yield
    tracing.reset()
