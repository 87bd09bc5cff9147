"""Whether two values say the same: what is compared of a coding, of an identifier, of a text that names a unit."""

from typing import Any

from gateway.fhir import references
from gateway.fhir.ucum import unit
from gateway.mapping.quality import units

Node = dict[str, Any]


def same(type_: str, name: str, old: Any, new: Any) -> bool:
    """Return whether the member `name` of an object says after an edit what it said before."""
    if (type_, name) == ("Reference", "identifier"):
        return bool(_number(old) == _number(new))
    return bool(old == new)


def _number(identifier: Any) -> Any:
    """An identifier is the number in its system: its use or period may change without naming another thing."""
    return (identifier.get("system"), identifier.get("value")) if isinstance(identifier, dict) else identifier


def codings_replaced(before: Node, after: Node) -> list[int] | None:
    """Return the indexes of the codings in `after` that stayed, None unless one gave way to one of another code.

    Codings that are only added, or only taken out, leave the meaning of a concept as it was.
    """
    old, new = _codes(before), _codes(after)
    lost = [code for code in old if code and not any(_one_code(code, other) for other in new)]
    gained = [code for code in new if code and not any(_one_code(other, code) for other in old)]
    if not lost or not gained:
        return None
    return [index for index, code in enumerate(new) if code and code not in gained]


def _codes(concept: Node) -> list[tuple[Any, str] | None]:
    codings = concept.get("coding")
    found = codings if isinstance(codings, list) else []
    return [(one.get("system"), one["code"]) if isinstance(one, dict) and one.get("code") else None for one in found]


def _one_code(one: tuple[Any, str] | None, other: tuple[Any, str] | None) -> bool:
    """A system that is named later makes no other code of it."""
    if one is None or other is None:
        return False
    return one[1] == other[1] and (one[0] == other[0] or None in (one[0], other[0]))


def still_true(type_: str, name: str, after: Node) -> bool:
    """Return whether a dependent that an edit left as it was fits the new value, where that can be told."""
    if (type_, name) == ("Reference", "type"):
        target = references.split(after["reference"]) if isinstance(after.get("reference"), str) else None
        return target is not None and target.type == after["type"]
    if name == "unit":
        return units_agree(after) is True
    return False


def units_agree(quantity: Node) -> bool | None:
    """Return whether the unit shown is that of the UCUM code; None where one of them cannot be read."""
    text, code = quantity.get("unit"), quantity.get("code")
    if not isinstance(text, str) or not isinstance(code, str) or quantity.get("system") not in units.UCUM:
        return None
    if text == code:
        return True
    spelled = units.read(None, None, text, code).code
    shown, coded = unit(spelled) if spelled else None, unit(code)
    if spelled is None or shown is None or coded is None:
        return None
    equal = (shown.factor, shown.offset, shown.dimension) == (coded.factor, coded.offset, coded.dimension)
    return equal and units.amount(spelled) == units.amount(code)
