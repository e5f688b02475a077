"""What is done around forks; nothing where there are none, as on Windows."""

import os
from collections.abc import Callable


def around_forks(
    *,
    before: Callable[[], object] | None = None,
    in_parent: Callable[[], object] | None = None,
    in_child: Callable[[], object] | None = None,
) -> None:
    """Have functions called before each fork, and after it."""
    if hasattr(os, "register_at_fork"):
        wanted = {"before": before, "after_in_parent": in_parent, "after_in_child": in_child}
        os.register_at_fork(**{name: function for name, function in wanted.items() if function is not None})
