"""Functions that are routes of a web application before they are traced.

Where `trace` stands outside of `@app.post`, the framework has the untraced function already. The garbage collector
knows who holds it, whichever application that is and however it is reached, so that its routes can be pointed to the
traced function.
"""

import functools
import gc
import sys
from collections.abc import Callable, Iterator
from types import CellType, FrameType, FunctionType
from typing import Any, cast

from trilha import _faults

_FRAMEWORKS = frozenset({"fastapi", "starlette", "flask", "quart"})

AnyFunction = Callable[..., Any]


@functools.cache
def fresh_count(*, is_bare: bool) -> int:
    """Count the references to a function that nobody but its decorator has: a registered function has more.

    It is measured, by a decorator of the same shape, for versions of Python differ.
    """
    counts: list[int] = []

    def decorator(func: Any = None) -> Any:
        def decorate(function: Any) -> Any:
            counts.append(sys.getrefcount(function))

        return decorate if func is None else decorate(func)

    if is_bare:

        @decorator
        def _bare() -> None: ...
    else:

        @decorator()
        def _called() -> None: ...

    return counts[0]


def routes_of(function: AnyFunction) -> list[object]:
    """Find what holds a function as a route, before it is traced. Never raises.

    Looking takes some milliseconds, while the application starts, and only for functions that something holds already
    where such a framework is in use.
    """
    if _FRAMEWORKS.isdisjoint(sys.modules):
        return []
    try:
        holders = [holder for holder in _holders(function) if _is_route(holder, function)]
        if not holders:
            _warn_of_hidden_routes(function)
    except Exception as error:  # the edge: other versions of a framework, or objects that cannot be read
        _note(error)
        return []
    return holders


def point_to(traced: AnyFunction, holders: list[object], function: AnyFunction) -> None:
    """Have routes of a function run the traced one. Never raises."""
    for holder in holders:
        try:
            _point(holder, function, traced)
        except Exception as error:  # as above
            _note(error)


def _note(error: Exception) -> None:
    _faults.note("routes of a traced function could not be replaced; put trace below the route's decorator", error)


def _holders(function: AnyFunction) -> Iterator[object]:
    """Find what holds a function: objects by themselves or by the dictionary of their attributes."""
    for referrer in gc.get_referrers(function):
        if type(referrer) is dict:
            held = cast("dict[object, object]", referrer)
            if "__builtins__" in held:
                continue  # a module, which every function in it refers to
            if held.get("endpoint") is function or held.get("call") is function:
                yield from (owner for owner in gc.get_referrers(held) if getattr(owner, "__dict__", None) is held)
            else:
                yield held
        elif not isinstance(referrer, FrameType):
            yield referrer


def _is_route(holder: Any, function: AnyFunction) -> bool:
    if type(holder) is dict:
        return _is_views(holder)
    if type(holder) is CellType:
        return _is_of_blueprint(holder)
    return _framework(holder) is not None and any(
        getattr(holder, name, None) is function for name in ("endpoint", "call")
    )


def _is_views(views: Any) -> bool:
    """Tell whether a dictionary is that of an application's views."""
    for holder in gc.get_referrers(views):
        owners: list[Any] = (
            gc.get_referrers(holder) if type(holder) is dict and "view_functions" in holder else [holder]
        )
        if any(getattr(owner, "view_functions", None) is views for owner in owners):
            return True
    return False


def _is_of_blueprint(cell: CellType) -> bool:
    """Tell whether a variable is part of what a blueprint will do once it is registered."""
    closures: list[Any] = [holder for holder in gc.get_referrers(cell) if type(holder) is tuple]
    owners = gc.get_referrers(*closures) if closures else ()
    return any(
        isinstance(owner, FunctionType) and owner.__module__.partition(".")[0] in ("flask", "quart") for owner in owners
    )


def _point(holder: Any, function: AnyFunction, traced: AnyFunction) -> None:  # Any: objects of frameworks
    if type(holder) is dict:
        views = cast("dict[str, object]", holder)
        for name in [name for name, view in views.items() if view is function]:
            views[name] = traced
    elif type(holder) is CellType:
        holder.cell_contents = traced
    elif getattr(holder, "call", None) is function:  # what FastAPI knows of an endpoint; read anew for each request
        holder.call = traced
    else:
        holder.endpoint = traced
        if _framework(holder) == "starlette":
            _rebuild(holder, traced)


def _rebuild(route: Any, traced: AnyFunction) -> None:
    """Build anew what a route of Starlette runs, inside of the route's own middleware."""
    routing = sys.modules["starlette.routing"]
    build = routing.websocket_session if type(route).__name__ == "WebSocketRoute" else routing.request_response
    outer = route
    while not isinstance(outer.app, FunctionType):
        outer = outer.app
    outer.app = build(traced)


def _framework(holder: object) -> str | None:
    """Name the framework that an object's class, or one that it inherits, comes from; FastAPI before Starlette."""
    rooms = {base.__module__.partition(".")[0] for base in type(holder).__mro__}
    return next((name for name in ("fastapi", "starlette", "flask", "quart") if name in rooms), None)


def _warn_of_hidden_routes(function: AnyFunction) -> None:
    """Say loudly where another decorator stands between `trace` and a route: its calls will not be traced."""
    inner: Any = getattr(function, "__wrapped__", None)
    while isinstance(inner, FunctionType):
        if any(_is_route(holder, inner) for holder in _holders(inner)):
            _faults.warn_once(
                f"{inner.__module__}.{inner.__qualname__} is a route already, and another decorator stands between it"
                " and trace: its calls are NOT traced. Put trace right above or below the route's decorator."
            )
            return
        inner = getattr(inner, "__wrapped__", None)
