"""Compare values with fixed[x] and pattern[x]
(https://hl7.org/fhir/R4/elementdefinition.html#ElementDefinition.pattern_x_).
"""

from typing import Any

from gateway.fhir.validate.profiles.definition import Expected


def meets(value: Any, expected: Expected) -> bool:
    """Return whether a value meets a fixed[x] or pattern[x]."""
    return _same(value, expected.value) if expected.exact else _fits(value, expected.value)


def _same(value: Any, fixed: Any) -> bool:
    """Return whether two JSON values are equal; True is not 1."""
    if type(value) is dict and type(fixed) is dict:
        return value.keys() == fixed.keys() and all(_same(value[key], fixed[key]) for key in fixed)
    if type(value) is list and type(fixed) is list:
        return len(value) == len(fixed) and all(map(_same, value, fixed))
    return bool(value == fixed) and isinstance(value, bool) == isinstance(fixed, bool)


def _fits(value: Any, pattern: Any) -> bool:
    """Return whether `value` has everything that `pattern` has; items of arrays at any position."""
    if type(pattern) is dict:
        return type(value) is dict and all(key in value and _fits(value[key], pattern[key]) for key in pattern)
    if type(pattern) is list:
        return type(value) is list and all(any(_fits(one, wanted) for one in value) for wanted in pattern)
    return _same(value, pattern)


def dug(expected: Expected, names: list[str]) -> list[Expected]:
    """Return what `expected` says about the element at `names` below it."""
    found = [expected.value]
    for name in names:
        below = [one[name] for one in found if type(one) is dict and name in one]
        found = [item for one in below for item in (one if type(one) is list else [one])]
    return [Expected(one, expected.exact) for one in found]
