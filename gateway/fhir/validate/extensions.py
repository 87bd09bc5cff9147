"""Check extensions that R4 itself defines: the type of the value, required bindings, parts, and their number.

https://hl7.org/fhir/R4/extensibility.html. Unknown extensions are fine. An unknown modifier is no error of the resource
either, but whoever acts on the resource must know that it is there.
"""

from functools import cache
from typing import Any

from gateway.fhir import r4
from gateway.fhir.validate.bindings import bound
from gateway.fhir.validate.contexts import ANYWHERE, CONTEXT
from gateway.fhir.validate.findings import Check, ValidationIssue, beneath

_VALUES = {f"value{code[0].upper()}{code[1:]}": code for code in r4.types()["Extension"].elements["value"].types}


def known(value: dict[str, Any]) -> list[ValidationIssue]:
    """Check an extension against its definition, if R4 has one."""
    url = value.get("url")
    definition = r4.extensions().get(url) if type(url) is str else None
    if definition is None:
        return []
    found = _held(definition, value)
    if definition.modifier or not ANYWHERE.intersection(definition.contexts):
        found.append(ValidationIssue("", CONTEXT, str(url)))
    return found


def modifying(check: Check) -> Check:
    """Return the check of a modifierExtension, made from `check`, that of an Extension."""

    def modifier_check(value: Any) -> list[ValidationIssue]:
        found = check(value)
        if not found and value["url"] not in r4.extensions():
            text = (
                "an unknown modifier extension may change the meaning of what holds it; act on it only if you know it"
            )
            return [ValidationIssue("", "extension", text, "warning")]
        return found

    return modifier_check


def _held(part: r4.ExtensionPart, value: dict[str, Any]) -> list[ValidationIssue]:
    found: list[ValidationIssue] = []
    for key, child in value.items():
        if key.startswith(("value", "_value")):
            found += _typed(part, key, child)
    nested = value.get("extension")
    if part.parts and type(nested) is list:
        found += _composed(part, nested)
    elif nested and part.types:
        found.append(ValidationIssue(".extension", "extension", f"this extension holds a value: {_either(part)}"))
    return found


def _typed(part: r4.ExtensionPart, key: str, child: Any) -> list[ValidationIssue]:
    type_ = _VALUES.get(key.lstrip("_"))
    if type_ is None:
        return []  # said already
    path = f".value.ofType({type_})"
    if type_ not in part.types:
        return [ValidationIssue(path, "extension", f"the value of this extension is {_either(part)}, not {type_}")]
    if part.required is None or key.startswith("_"):
        return []
    return beneath(path, _bound(type_, part.required)(child))


def _either(part: r4.ExtensionPart) -> str:
    return " or ".join(part.types) or "made of extensions"


@cache
def _bound(type_: str, value_set: str) -> Check:
    return bound(type_, value_set, _sound)


def _sound(value: Any) -> list[ValidationIssue]:
    return []


def _composed(part: r4.ExtensionPart, nested: list[Any]) -> list[ValidationIssue]:
    found: list[ValidationIssue] = []
    often = dict.fromkeys(part.parts, 0)
    for index, one in enumerate(nested):
        url = one.get("url") if type(one) is dict else None
        if url in often:
            often[url] += 1
            found += beneath(f".extension[{index}]", _held(part.parts[url], one))
    for url, count in often.items():
        if count < part.parts[url].min:
            found.append(ValidationIssue(".extension", "required", f"the extension {url!r} is required here"))
        elif part.parts[url].max.isdigit() and count > int(part.parts[url].max):
            text = f"the extension {url!r} may stand here {part.parts[url].max} times, not {count}"
            found.append(ValidationIssue(".extension", "extension", text))
    return found
