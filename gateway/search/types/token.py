"""Codes, identifiers, flags: https://hl7.org/fhir/R4/search.html#token

Matching is case-sensitive: a conditional update must never take identifier "a1" for "A1".
"""

from typing import Any

from gateway.search.parameters import Parameter
from gateway.search.ranges import refuse
from gateway.search.tokens import Filter, escape, exact, literal, starting
from gateway.search.values import fields

FIELD = "k"
MODIFIERS = frozenset({"not"})


def index(name: str, kind: str, value: Any) -> list[str]:
    if isinstance(value, dict):
        coded = _CODED.get(kind)
        if coded is None:
            return []
        holders = value.get("coding", ()) if kind == "CodeableConcept" else (value,)
        return [entry for holder in holders if (entry := _entry(name, holder, *coded))]
    if isinstance(value, bool):
        value = "true" if value else "false"
    return [f"{name}|{escape(str(value).strip())}|"]


_CODED = {
    "CodeableConcept": ("code", "system"),
    "Coding": ("code", "system"),
    "Identifier": ("value", "system"),
    "ContactPoint": ("value", None),
}


def _entry(name: str, holder: dict[str, Any], code: str, system: str | None) -> str | None:
    value = holder.get(code)
    if not isinstance(value, str) or not (value := value.strip()):
        return None
    return f"{name}|{escape(value)}|{holder.get(system) or ''}" if system else f"{name}|{escape(value)}|"


def where(name: str, parameter: Parameter, modifier: str | None, value: str) -> Filter:
    written = fields(value)
    if len(written) > 2 or not any(written):
        raise refuse(parameter.name, value, "code, system|code, |code or system|")
    code = escape(written[-1])
    if len(written) == 1:
        return starting(f"{name}|{code}|")
    system = written[0]
    if not code:
        return starting(f"{name}|", rf"^[^|]*\|[^|]+\|{literal(system)}$")
    if system == parameter.system:
        return exact(f"{name}|{code}|{system}", f"{name}|{code}|")
    return exact(f"{name}|{code}|{system}")


def present(name: str, parameter: Parameter) -> Filter:
    return starting(f"{name}|")
