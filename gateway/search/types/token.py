"""Codes, identifiers, flags: https://hl7.org/fhir/R4/search.html#token

Case counts: a conditional update must never take identifier "a1" for "A1". But "if the underlying data type is string
then the search is not case sensitive".
"""

from collections.abc import Callable, Iterable
from typing import Any

from gateway.errors import BadRequest
from gateway.search.context import Context
from gateway.search.definitions.definition import MIME
from gateway.search.definitions.parameters import Parameter
from gateway.search.notation.ranges import refuse
from gateway.search.notation.tokens import NOTHING, Filter, escape, exact, literal, starting
from gateway.search.notation.values import fields, unescape

FIELD = "k"
MODIFIERS = frozenset({"not", "text", "in", "not-in", "above", "below", "of-type"})


def index(name: str, kind: str, value: Any) -> list[str]:
    """Return the index entries of codes (see SearchType)."""
    if isinstance(value, dict):
        coded = _CODED.get(kind)
        if coded is None:
            return []
        holders = value.get("coding", ()) if kind == "CodeableConcept" else (value,)
        entries = [entry for holder in holders if (entry := _entry(name, holder, *coded))]
        return entries + _typed(name, value) if kind == "Identifier" and "type" in value else entries
    if isinstance(value, bool):
        value = "true" if value else "false"
    text = escape(str(value).strip())
    spellings = dict.fromkeys((text.casefold(), text)) if kind == "string" else (text,)
    return [f"{name}|{spelling}|" for spelling in spellings]


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


def texts(kind: str, value: Any) -> list[str]:
    """Return the texts that `:text` searches: "CodeableConcept.text, Coding.display, or Identifier.type.text"
    (search.html#token)."""
    if not isinstance(value, dict):
        return []
    if kind == "Identifier":
        return texts("CodeableConcept", value.get("type"))
    candidates = [value.get("text")] if kind == "CodeableConcept" else []
    codings = value.get("coding", ()) if kind == "CodeableConcept" else (value,) if kind == "Coding" else ()
    candidates += [coding.get("display") for coding in codings or () if isinstance(coding, dict)]
    return [text for text in candidates if isinstance(text, str)]


def _typed(name: str, identifier: dict[str, Any]) -> list[str]:
    """Return the entries for `:of-type`: the value of an identifier with each code of its type."""
    value, type_ = identifier.get("value"), identifier["type"]
    codings = type_.get("coding", ()) if isinstance(type_, dict) else ()
    if not isinstance(value, str):
        return []
    entries = (_entry(f"{name}:of-type|{escape(value.strip())}", coding, "code", "system") for coding in codings)
    return [entry for entry in entries if entry]


def where(name: str, parameter: Parameter, modifier: str | None, value: str, context: Context) -> Filter:
    """Return the filter for codes (see SearchType)."""
    if modifier in _BY_TERMS:
        return _BY_TERMS[modifier](name, parameter, value, context)
    written = fields(value)
    if modifier == "of-type":
        return _of_type(name, parameter, value, written)
    if len(written) > 2 or not any(written):
        raise refuse(parameter.name, value, "code, system|code, |code or system|")
    code = escape(written[-1].casefold() if parameter.caseless else written[-1])
    if len(written) == 1 and parameter.uncoded:
        return exact(f"{name}|{code}|")
    if len(written) == 1:
        return starting(f"{name}|{code}|")
    system = written[0]
    if not code and system == parameter.system:
        return starting(f"{name}|")
    if not code:
        return starting(f"{name}|", rf"^[^|]*\|[^|]+\|{literal(system)}$")
    return _exactly(name, parameter, [(system, code)])


def _exactly(name: str, parameter: Parameter, codes: Iterable[tuple[str, str]]) -> Filter:
    """Return the filter of any (system, escaped code). A plain `code` element implies its system without writing it."""
    tokens: list[str] = []
    for system, code in codes:
        tokens.append(f"{name}|{code}|{system}")
        if system and system == parameter.system:
            tokens.append(f"{name}|{code}|")
    return exact(*tokens) if tokens else NOTHING


def _of_type(name: str, parameter: Parameter, value: str, written: list[str]) -> Filter:
    """Match "[parameter]:of-type=[system|code|value]", none of which may be empty (search.html#token)."""
    if len(written) != 3 or not all(written):
        raise refuse(parameter.name, value, "system|code|value")
    system, code, number = written
    return exact(f"{name}:of-type|{escape(number)}|{escape(code)}|{system}")


def _in(name: str, parameter: Parameter, value: str, context: Context) -> Filter:
    members = context.terms.members(unescape(value).strip())
    return _exactly(name, parameter, ((system, escape(code)) for system, code in members))


def _by_hierarchy(direction: str) -> Callable[[str, Parameter, str, Context], Filter]:
    def related(name: str, parameter: Parameter, value: str, context: Context) -> Filter:
        *system, code = fields(value)
        if direction == "below" and parameter.system == MIME and system in ([], [MIME]) and code:
            return starting(f"{name}|{escape(code)}", rf"^{literal(name)}\|{literal(escape(code))}[ ;|]")
        system = system or [parameter.system or ""]
        if len(system) != 1 or not system[0] or not code:
            raise BadRequest(f"Search parameter '{parameter.name}:{direction}' needs a value like system|code")
        codes = getattr(context.terms, direction)(system[0], code)
        return _exactly(name, parameter, ((system[0], escape(related_code)) for related_code in codes))

    return related


_BY_TERMS: dict[str | None, Callable[[str, Parameter, str, Context], Filter]] = {
    "in": _in,
    "not-in": _in,
    "above": _by_hierarchy("above"),
    "below": _by_hierarchy("below"),
}


def present(name: str, parameter: Parameter) -> Filter:
    """Return the filter of documents that have any value."""
    return starting(f"{name}|")
