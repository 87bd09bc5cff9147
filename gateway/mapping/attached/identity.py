"""Tell whether two values say the same, by the parts that count: of codings, of identifiers, of units."""

from collections.abc import Iterable
from typing import Any

from gateway.fhir import references
from gateway.fhir.ucum import unit
from gateway.mapping.quality import units

Node = dict[str, Any]
Code = tuple[str | None, str]
"""(system, code)"""


def same(type_: str, name: str, old: Any, new: Any) -> bool:
    """Return whether the member `name` of an object says after an edit what it said before."""
    if (type_, name) == ("Reference", "identifier"):
        return bool(_number(old) == _number(new))
    return bool(old == new)


def _number(identifier: Any) -> Any:
    """Return what identifies: system and value. The use or period may change without naming another thing."""
    return (identifier.get("system"), identifier.get("value")) if isinstance(identifier, dict) else identifier


def codings_replaced(before: Node, after: Node) -> list[int] | None:
    """Return the indexes of the codings in `after` that stayed, None unless a coding was replaced by another code.

    Codings that are only added, or only taken out, leave the meaning of a concept as it was.
    """
    old, new = _codes(before), _codes(after)
    old_systems, new_systems = _systems(old), _systems(new)
    lost = any(code and not _is_in(code, new_systems) for code in old)
    gained = [bool(code) and not _is_in(code, old_systems) for code in new]
    if not lost or not any(gained):
        return None
    return [index for index, code in enumerate(new) if code and not gained[index]]


def _codes(concept: Node) -> list[Code | None]:
    codings = concept.get("coding")
    return [_code(coding) for coding in codings] if isinstance(codings, list) else []


def _code(coding: Any) -> Code | None:
    system, code = (coding.get("system"), coding.get("code")) if isinstance(coding, dict) else (None, None)
    return (system if isinstance(system, str) else None, code) if isinstance(code, str) and code else None


def _systems(codes: Iterable[Code | None]) -> dict[str, set[str | None]]:
    """Return code -> the systems that it belongs to."""
    by_code: dict[str, set[str | None]] = {}
    for code in codes:
        if code is not None:
            by_code.setdefault(code[1], set()).add(code[0])
    return by_code


def _is_in(code: Code | None, systems: dict[str, set[str | None]]) -> bool:
    """Return whether a code is among others; one without a system equals the same code with a system."""
    if code is None:
        return False
    own_systems = systems.get(code[1], set())
    return code[0] in own_systems or (bool(own_systems) and (code[0] is None or None in own_systems))


def still_true(type_: str, name: str, after: Node) -> bool:
    """Return whether a dependent that an edit left as it was is known to fit the new value."""
    if (type_, name) == ("Reference", "type"):
        target = references.parse_reference(after["reference"]) if isinstance(after.get("reference"), str) else None
        return target is not None and target.type == after["type"]
    if name == "unit":
        return units_agree(after) is True
    return False


def units_agree(quantity: Node) -> bool | None:
    """Return whether the unit shown is that of the UCUM code, None if one of them cannot be read."""
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
