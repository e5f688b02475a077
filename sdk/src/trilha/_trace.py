"""`trace`: a function whose calls become spans."""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from sys import getrefcount
from typing import Any, TypeVar, cast, overload

from trilha import _faults, names
from trilha._begin import checked_ratio
from trilha._bind import binding
from trilha._context import enter, leave
from trilha._generators import traced_async_generator, traced_generator
from trilha._routes import fresh_count, point_to, routes_of
from trilha._site import Site, fail, finish
from trilha._span import UNKNOWN, Span, kept, level_number
from trilha._span_parts import Link, SpanLogLevel

# What is traced is called as before, overloads and all, so that its type stays what it is.
Traced = TypeVar("Traced", bound="Callable[..., Any] | classmethod[Any, ..., Any] | staticmethod[..., Any]")
_MARK = "__mlflow_traced__"


@overload
def trace(
    func: None = None,
    name: str | None = None,
    span_type: str = UNKNOWN,
    attributes: Mapping[str, Any] | None = None,
    output_reducer: Callable[[list[Any]], Any] | None = None,
    trace_destination: Any = None,
    sampling_ratio_override: float | None = None,
    log_level: SpanLogLevel | int | str | None = None,
    links: Sequence[Link] | None = None,
    description: str | None = None,
) -> Callable[[Traced], Traced]: ...


@overload
def trace(
    func: Traced,
    name: str | None = None,
    span_type: str = UNKNOWN,
    attributes: Mapping[str, Any] | None = None,
    output_reducer: Callable[[list[Any]], Any] | None = None,
    trace_destination: Any = None,
    sampling_ratio_override: float | None = None,
    log_level: SpanLogLevel | int | str | None = None,
    links: Sequence[Link] | None = None,
    description: str | None = None,
) -> Traced: ...


def trace(  # noqa: PLR0913, PLR0917  # as MLflow has them
    func: Any = None,  # Any: what can be traced stands above
    name: str | None = None,
    span_type: str = UNKNOWN,
    attributes: Mapping[str, Any] | None = None,
    output_reducer: Callable[[list[Any]], Any] | None = None,
    trace_destination: Any = None,
    sampling_ratio_override: float | None = None,
    log_level: SpanLogLevel | int | str | None = None,
    links: Sequence[Link] | None = None,
    description: str | None = None,
) -> Any:
    """Make each call of a function a span: its arguments are the inputs, what it returns the outputs.

    With and without parentheses, for functions of all kinds, for methods, and for functions of others:
    `trace(client.search)`. A function that is a route of FastAPI, Starlette or Flask already is replaced there, so
    that the decorator may stand on either side of the route's.
    """
    checked_ratio(sampling_ratio_override)
    told: dict[str, Any] = {str(key): kept(value) for key, value in (attributes or {}).items()}
    level = None if log_level is None else level_number(log_level)
    if level is not None:
        told[names.SPAN_LOG_LEVEL] = level

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        if isinstance(function, classmethod | staticmethod):
            descriptor = cast("Any", function)  # what it takes is not known here
            return descriptor.__class__(decorate(descriptor.__func__))
        is_held = getrefcount(function) > fresh_count(is_bare=func is not None)  # before anything of ours holds it
        routes = routes_of(function) if is_held or hasattr(function, "__wrapped__") else []
        own_name = str(getattr(function, "__name__", type(function).__name__))
        site = Site(
            name=name or own_name,
            span_type=span_type,
            attributes={names.SPAN_FUNCTION_NAME: own_name, **told},
            bind=binding(function),
            destination=trace_destination,
            sampling_ratio=sampling_ratio_override,
            links=tuple(links or ()),
            description=description,
            reducer=output_reducer,
        )
        traced = _dressed(_traced(site, function), function)
        point_to(traced, routes, function)
        return traced

    return decorate if func is None else decorate(func)


def _traced(site: Site, function: Callable[..., Any]) -> Callable[..., Any]:
    runs = _what_runs(function)
    if inspect.isasyncgenfunction(runs):
        return traced_async_generator(site, function)
    if inspect.isgeneratorfunction(runs):
        return traced_generator(site, function)
    if site.reducer is not None:
        raise ValueError("output_reducer is for generators only")
    return _traced_async(site, function) if inspect.iscoroutinefunction(runs) else _traced_sync(site, function)


def _what_runs(function: Any) -> Any:  # Any: callables of all kinds
    """Find the function that a partial or an object with `__call__` runs, which tells what a call gives."""
    while isinstance(function, functools.partial):
        function = cast("functools.partial[Any]", function).func
    if inspect.isroutine(function) or inspect.isclass(function):
        return function
    return getattr(function, "__call__", function)  # noqa: B004  # the method itself is asked for


def _traced_sync(site: Site, function: Callable[..., Any]) -> Callable[..., Any]:
    begin = site.begin

    def traced(*args: Any, **kwargs: Any) -> Any:
        span = begin(args, kwargs)
        entered = enter(span)
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            leave(entered)
            if type(span) is Span:
                fail(span, error)
            raise
        leave(entered)
        if type(span) is Span:
            finish(span, result)
        return result

    return traced


def _traced_async(site: Site, function: Callable[..., Any]) -> Callable[..., Any]:
    begin = site.begin

    async def traced(*args: Any, **kwargs: Any) -> Any:
        span = begin(args, kwargs)
        entered = enter(span)
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            leave(entered)
            if type(span) is Span:
                fail(span, error)
            raise
        leave(entered)
        if type(span) is Span:
            finish(span, result)
        return result

    return traced


def _dressed(traced: Callable[..., Any], function: Callable[..., Any]) -> Callable[..., Any]:
    """Give the traced function the name, documentation, signature and marks of the original."""
    functools.update_wrapper(traced, function)
    try:
        cast("Any", traced).__signature__ = inspect.signature(function)
    except (TypeError, ValueError):  # built-in functions that do not tell
        pass
    except Exception as error:  # annotations that cannot be evaluated
        _faults.note("a signature could not be read", error)
    setattr(traced, _MARK, True)
    return traced
