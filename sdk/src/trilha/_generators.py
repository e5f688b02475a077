"""Traced generators: the span is the current one only while the generator's own code runs."""

import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import contextmanager
from typing import Any

from trilha import _faults, names
from trilha._capture import json_text
from trilha._context import enter, leave
from trilha._noop import NoOpSpan
from trilha._site import Site, cancel, close, fail
from trilha._span import Span, kept


class _Call:
    """One run of a generator, told as a span."""

    def __init__(self, span: Span | NoOpSpan, reducer: Callable[[list[Any]], Any] | None) -> None:
        self._span = span
        self._reducer = reducer
        self._given: list[Any] = []

    def __enter__(self) -> "_Call":  # noqa: PYI034  # `Self` came with Python 3.11
        return self

    def __exit__(self, kind: object, error: BaseException | None, stack: object) -> None:
        span = self._span
        if type(span) is not Span:
            return
        self._settle(span)
        if error is None:
            close(span)
        elif isinstance(error, GeneratorExit):
            cancel(span)
            close(span)
        else:
            fail(span, error)

    @contextmanager
    def step(self) -> Generator[None]:
        """Make the span the current one while the body runs."""
        entered = enter(self._span)
        try:
            yield
        finally:
            leave(entered)

    def add(self, chunk: Any) -> None:
        """Keep a chunk. Never raises."""
        span = self._span
        if type(span) is not Span or span.is_sealed:
            return
        value = kept(chunk)
        number = len(self._given)
        self._given.append(value if self._reducer is None else chunk)
        try:
            text = json_text(value)
        except Exception as error:  # the application's objects
            _faults.note("a chunk could not be kept", error)
            text = "null"
        span.note(f"{names.CHUNK_EVENT_PREFIX}{number}", time.time_ns(), {names.CHUNK_VALUE: text})

    def _settle(self, span: Span) -> None:
        """Make the outputs of what was given, unless the body has said what they are. Never raises."""
        if span.outputs_kept is not None or span.is_sealed:
            return
        outputs: Any = self._given
        if self._reducer is not None:
            try:
                outputs = self._reducer(self._given)
            except Exception as error:  # the application's function
                _faults.note("an output reducer failed; the chunks are kept as they are", error)
        span.outputs_kept = kept(outputs)


def traced_generator(site: Site, function: Callable[..., Generator[Any, Any, Any]]) -> Callable[..., Any]:
    """Return a generator function that does the same and is traced."""

    def traced(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with _call(site, args, kwargs) as call:
            with call.step():
                body = function(*args, **kwargs)
            sent: Any = None
            thrown: BaseException | None = None
            while True:
                try:
                    with call.step():
                        chunk = body.send(sent) if thrown is None else body.throw(thrown)
                except StopIteration as end:
                    return end.value
                call.add(chunk)
                sent = thrown = None
                try:
                    sent = yield chunk
                except GeneratorExit:
                    with call.step():
                        body.close()
                    raise
                except BaseException as error:  # the body's to handle
                    thrown = error

    return traced


def traced_async_generator(site: Site, function: Callable[..., AsyncGenerator[Any, Any]]) -> Callable[..., Any]:
    """Return an async generator function that does the same and is traced."""

    async def traced(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        with _call(site, args, kwargs) as call:
            with call.step():
                body = function(*args, **kwargs)
            sent: Any = None
            thrown: BaseException | None = None
            while True:
                try:
                    with call.step():
                        chunk = await (body.asend(sent) if thrown is None else body.athrow(thrown))
                except StopAsyncIteration:
                    return
                call.add(chunk)
                sent = thrown = None
                try:
                    sent = yield chunk
                except GeneratorExit:
                    with call.step():
                        await body.aclose()
                    raise
                except BaseException as error:  # the body's to handle
                    thrown = error

    return traced


def _call(site: Site, args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Call:
    return _Call(site.begin(args, kwargs), site.reducer)
