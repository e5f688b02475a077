"""What the operating system says, as the server's errors."""

import errno
from collections.abc import Generator
from contextlib import contextmanager

from trilha_server.domain.errors import InvalidInput, StoreFull, StoreUnavailable

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_TAKEN = (errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY)


@contextmanager
def told_as_ours() -> Generator[None]:
    """Turn `OSError` into `StoreFull`, `InvalidInput` or `StoreUnavailable`."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StoreFull("the disk of the artifacts is full") from error
        if error.errno in _TAKEN:
            raise InvalidInput("a folder and a file cannot have the same name") from error
        raise StoreUnavailable("the folder of the artifacts cannot be used", cause=error.strerror) from error
