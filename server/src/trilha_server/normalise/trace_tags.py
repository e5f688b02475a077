"""What frameworks note down about a trace, as its tags."""

from collections.abc import Container

from trilha_server.domain.span import AttributeValue
from trilha_server.normalise.attributes import parsed
from trilha_server.normalise.convention import Attributes
from trilha_server.normalise.values import json_text

LABEL_VALUE = "true"
"""Of a tag that its framework knows as a word without a value."""

_RESERVED = "mlflow."  # a word of an application must not rename the trace


def noted_under(attributes: Attributes, prefix: str, *, without: Container[str] = ()) -> dict[str, str]:
    """Gather attributes such as `prefixcustomer` as tags such as `customer`."""
    tags: dict[str, str] = {}
    for key, value in attributes.items():
        if not key.startswith(prefix):
            continue
        name = key[len(prefix) :]
        if name and value is not None and name not in without and not name.startswith(_RESERVED):
            known = parsed(value)
            tags[name] = known if isinstance(known, str) else json_text(known)
    return tags


def labels(value: AttributeValue) -> dict[str, str]:
    """Read words without values: a list of them, as JSON too, or a text with commas between."""
    known = parsed(value)
    words = known.split(",") if isinstance(known, str) else known
    if not isinstance(words, list):
        return {}
    names = (word.strip() for word in words if isinstance(word, str))
    return {name: LABEL_VALUE for name in names if name and not name.startswith(_RESERVED)}
