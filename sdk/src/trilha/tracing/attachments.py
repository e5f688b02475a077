"""Files in what an application traces, under the name that MLflow has for them."""

from trilha._attachment import Attachment

__all__ = ["Attachment"]
