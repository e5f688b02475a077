"""Which compressions a client takes."""

import re


def takes_gzip(accepted: str) -> bool:
    """Read the header `Accept-Encoding`."""
    for part in accepted.lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() == "gzip":
            return re.fullmatch(r"\s*q=0(\.0*)?\s*", weight) is None
    return False
