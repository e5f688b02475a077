"""Results that come in pages."""

from collections.abc import Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")


class PagedList(list[Item]):
    """A page of results."""

    def __init__(self, items: Iterable[Item] = (), token: str | None = None) -> None:
        super().__init__(items)
        self.token = token or None
        """Asks for the next page; `None` at the end."""

    def to_list(self) -> list[Item]:
        """Return the results as a plain list."""
        return list(self)


def all_pages(read: Callable[[str | None], PagedList[Item]], most: int | None = None) -> PagedList[Item]:
    """Read page after page, to the end or until there are so many."""
    found = PagedList[Item]()
    token: str | None = None
    while True:
        page = read(token)
        found.extend(page)
        token = page.token
        if token is None or (most is not None and len(found) >= most):
            return PagedList(found[:most])
