"""How much more often two things are met together than if they had nothing to do with each other."""

import math

import msgspec

_HALF_A_CASE = 0.5  # Jeffreys' prior: keeps small counts from looking certain


class Association(msgspec.Struct, frozen=True):
    """Normalised pointwise mutual information: -1 for never together, 0 for independent, 1 for always together."""

    npmi: float | None
    """`None` where one of the two is never met."""
    npmi_smoothed: float | None
    """The same with half a case more of each combination."""


def association(joint: int, first: int, second: int, total: int) -> Association:
    """Work it out from how many have both, the first, the second, and how many there are."""
    both, only_first, only_second = joint, first - joint, second - joint
    neither = total - first - second + joint
    if not first or not second or min(both, only_first, only_second, neither) < 0:
        return Association(None, None)
    plain = -1.0 if not both else _npmi(both, first, second, total)
    smoothed = _npmi(both + _HALF_A_CASE, first + 2 * _HALF_A_CASE, second + 2 * _HALF_A_CASE, total + 4 * _HALF_A_CASE)
    return Association(plain, smoothed if both < total else 1.0)


def _npmi(joint: float, first: float, second: float, total: float) -> float:
    if joint == total:
        return 1.0
    found = math.log(joint * total / (first * second)) / -math.log(joint / total)
    return max(-1.0, min(1.0, found))
