"""What is made once, however many tests ask for it."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Once(Generic[K, V]):
    """Makes a value for each key at the first call; a failure to make it is remembered too."""

    def __init__(self, make: Callable[[K], V]) -> None:
        self._make = make
        self._made: dict[K, V] = {}
        self._failed: dict[K, Exception] = {}

    def __call__(self, key: K) -> V:
        """Give the key's value. Raises what making it raised."""
        if key in self._failed:
            raise self._failed[key]
        if key not in self._made:
            try:
                self._made[key] = self._make(key)
            except Exception as error:
                self._failed[key] = error
                raise
        return self._made[key]
