"""Functions that are routes of a web application before they are traced.

Where `trace` stands outside of `@app.post`, the framework has the untraced function already. The garbage collector
knows who holds it, whichever application that is and however it is reached, so that its routes can be pointed to the
traced function.
"""

import gc
import sys
from collections.abc import Callable, Iterator
from types import CellType, FunctionType
from typing import Any, cast

from trilha import _faults

_FRAMEWORKS = frozenset({"fastapi", "starlette", "flask", "quart"})

AnyFunction = Callable[..., Any]


def point_routes_to(function: AnyFunction, traced: AnyFunction) -> int:
    """Have routes of a function run the traced one; returns how many there were. Never raises.

    Looking takes a few milliseconds, while the application starts, and only where such a framework is in use.
    """
    if _FRAMEWORKS.isdisjoint(sys.modules):
        return 0
    try:
        routes = sum(_point(holder, function, traced) for holder in _holders(function))
        if not routes:
            _warn_of_hidden_routes(function)
    except Exception as error:  # the edge: other versions of a framework, or objects that cannot be read
        _faults.note("routes of a traced function could not be looked for; put trace below the route's decorator", error)
        return 0
    return routes


def _holders(function: AnyFunction) -> Iterator[object]:
    """Find what holds a function: objects by themselves or by the dictionary of their attributes."""
    for referrer in gc.get_referrers(function):
        if type(referrer) is dict:
            if "__builtins__" in referrer:
                continue  # a module, which every function in it refers to
            if any(value is function for value in cast("dict[object, object]", referrer).values()):
                yield referrer
                yield from (owner for owner in gc.get_referrers(referrer) if getattr(owner, "__dict__", None) is referrer)
        else:
            yield referrer


def _point(holder: object, function: AnyFunction, traced: AnyFunction) -> bool:
    """Have one holder hold the traced function instead, if it belongs to a framework."""
    if type(holder) is dict:
        return _point_view(cast("dict[str, object]", holder), function, traced)
    if type(holder) is CellType:
        return _point_cell(holder, traced)
    if _framework(type(holder)) is None:
        return False
    if getattr(holder, "call", None) is function:  # what FastAPI knows of an endpoint; read anew for each request
        cast("Any", holder).call = traced
        return True
    if getattr(holder, "endpoint", None) is function:
        cast("Any", holder).endpoint = traced
        if _framework(type(holder)) == "starlette":
            _rebuild(holder, traced)
        return True
    return False


def _point_view(views: dict[str, object], function: AnyFunction, traced: AnyFunction) -> bool:
    """Replace the function among the views of a Flask application."""
    is_views = any(
        _framework(type(owner)) in ("flask", "quart")
        for attributes in gc.get_referrers(views)
        for owner in ([attributes] if type(attributes) is not dict else gc.get_referrers(attributes))
        if getattr(owner, "view_functions", None) is views
    )
    if not is_views:
        return False
    for name, view in views.items():
        if view is function:
            views[name] = traced
    return True


def _point_cell(cell: CellType, traced: AnyFunction) -> bool:
    """Replace the function in what a blueprint will do once it is registered."""
    for closure in gc.get_referrers(cell):
        for owner in gc.get_referrers(closure) if type(closure) is tuple else ():
            if isinstance(owner, FunctionType) and owner.__module__.partition(".")[0] in ("flask", "quart"):
                cell.cell_contents = traced
                return True
    return False


def _rebuild(route: Any, traced: AnyFunction) -> None:
    """Build anew what a route of Starlette runs, inside of the route's own middleware."""
    routing = sys.modules["starlette.routing"]
    build = routing.websocket_session if type(route).__name__ == "WebSocketRoute" else routing.request_response
    outer = route
    while not isinstance(outer.app, FunctionType):
        outer = outer.app
    outer.app = build(traced)


def _framework(kind: type[Any]) -> str | None:
    """Name the framework that a class, or one that it inherits, comes from; FastAPI before Starlette."""
    rooms = {base.__module__.partition(".")[0] for base in kind.__mro__}
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


def _is_route(holder: object, function: AnyFunction) -> bool:
    return _framework(type(holder)) is not None and any(
        getattr(holder, name, None) is function for name in ("endpoint", "call")
    )
