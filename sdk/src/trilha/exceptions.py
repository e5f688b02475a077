"""Errors of the calls that ask the server something. Tracing itself raises none of them.

TrilhaError
├── InvalidInput
├── NotFound
├── AlreadyExists
├── PermissionDenied
├── Unauthenticated
└── Unavailable
"""

__all__ = [
    "AlreadyExists",
    "InvalidInput",
    "MlflowException",
    "NotFound",
    "PermissionDenied",
    "RestException",
    "TrilhaError",
    "Unauthenticated",
    "Unavailable",
]


class TrilhaError(Exception):
    """A call could not be answered."""

    default_code = "INTERNAL_ERROR"

    def __init__(self, message: str, error_code: str | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.error_code = error_code or self.default_code
        """As MLflow's API names the kind of error."""
        self.status = status
        """The HTTP status, where a server has answered."""

    def get_http_status_code(self) -> int:
        """Return the status that the server answered; 500 where none did."""
        return self.status or 500


class InvalidInput(TrilhaError):
    """What was asked makes no sense: a filter, a name, a value."""

    default_code = "INVALID_PARAMETER_VALUE"


class NotFound(TrilhaError):
    """There is no such trace, experiment, version or tag."""

    default_code = "RESOURCE_DOES_NOT_EXIST"


class AlreadyExists(TrilhaError):
    """The name is taken."""

    default_code = "RESOURCE_ALREADY_EXISTS"


class PermissionDenied(TrilhaError):
    """Whoever signed in may not do this."""

    default_code = "PERMISSION_DENIED"


class Unauthenticated(TrilhaError):
    """The server does not know who is asking."""

    default_code = "UNAUTHENTICATED"


class Unavailable(TrilhaError):
    """The server cannot be reached, is too busy, or does not answer in time."""

    default_code = "TEMPORARILY_UNAVAILABLE"


MlflowException = TrilhaError
"""For programs that catch it by MLflow's name."""

RestException = TrilhaError
"""For programs that catch it by MLflow's name."""
