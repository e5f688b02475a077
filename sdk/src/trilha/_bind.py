"""Which argument went to which parameter of a traced function."""

import inspect
from collections.abc import Callable
from types import CodeType, FunctionType, MethodType
from typing import Any, TypeAlias

Bind: TypeAlias = Callable[[tuple[Any, ...], dict[str, Any]], dict[str, Any]]  # Any: arguments of any function

_RECEIVERS = frozenset({"self", "cls"})
_MISSING = object()


def binding(function: Callable[..., Any]) -> Bind:
    """Return what binds arguments as a call of the function does, without `self` and `cls`."""
    inner = function.__func__ if isinstance(function, MethodType) else function
    if isinstance(inner, FunctionType) and not hasattr(inner, "__wrapped__"):
        if isinstance(function, MethodType):
            return _by_signature(function)
        return _Parameters(inner.__code__, inner.__defaults__ or (), inner.__kwdefaults__ or {}).bind
    return _by_signature(function)


class _Parameters:
    """Parameters of a plain function: a fifth of the time that `inspect` takes."""

    def __init__(self, code: CodeType, defaults: tuple[Any, ...], keyword_defaults: dict[str, Any]) -> None:
        named = code.co_varnames
        by_place = named[: code.co_argcount]
        self._dropped = 1 if by_place and by_place[0] in _RECEIVERS else 0
        self._by_place = by_place[self._dropped :]
        by_keyword = named[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
        self._all = self._by_place + by_keyword
        self._defaults = {**dict(zip(reversed(by_place), reversed(defaults), strict=False)), **keyword_defaults}
        rest = list(named[code.co_argcount + code.co_kwonlyargcount :])
        self._more = rest.pop(0) if code.co_flags & inspect.CO_VARARGS else None
        self._more_named = rest.pop(0) if code.co_flags & inspect.CO_VARKEYWORDS else None
        self._tails = [self._tail(count) for count in range(len(self._by_place) + 1)]
        """What defaults add to so many arguments by place."""

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Bind the arguments of a call."""
        if self._dropped:
            args = args[1:]
        if not kwargs and len(args) < len(self._tails):
            bound = dict(zip(self._by_place, args))  # noqa: B905  # half of the time goes into saying `strict`
            if self._defaults:
                bound.update(self._tails[len(args)])
            return bound
        return self._named(args, kwargs)

    def _tail(self, count: int) -> dict[str, Any]:
        return {name: self._defaults[name] for name in self._all[count:] if name in self._defaults}

    def _named(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        bound = dict(zip(self._by_place, args, strict=False))
        for name in self._all[len(bound) :]:
            value = kwargs.get(name, _MISSING)
            if value is _MISSING:
                value = self._defaults.get(name, _MISSING)
            if value is not _MISSING:
                bound[name] = value
        if self._more is not None and len(args) > len(self._by_place):
            bound[self._more] = list(args[len(self._by_place) :])
        if self._more_named is not None:
            more = {name: value for name, value in kwargs.items() if name not in self._all}
            if more:
                bound[self._more_named] = more
        return bound


def _by_signature(function: Callable[..., Any]) -> Bind:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # built-in functions that do not tell
        return _unnamed

    rests = {
        parameter.name
        for parameter in signature.parameters.values()
        if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    }

    def bind(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError:  # the call itself will say so
            return _unnamed(args, kwargs)
        bound.apply_defaults()
        told = _without_receiver(bound.arguments)
        return {name: value for name, value in told.items() if name not in rests or value}

    return bind


def _without_receiver(arguments: dict[str, Any]) -> dict[str, Any]:
    first = next(iter(arguments), None)
    return {name: value for name, value in arguments.items() if name != first} if first in _RECEIVERS else arguments


def _unnamed(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    return {**({"args": list(args)} if args else {}), **kwargs}
