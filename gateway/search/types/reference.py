"""References between resources: https://hl7.org/fhir/R4/search.html#reference

References are stored as sent: relative ones as `subject|Patient/1`, others in full, and both without their version too.
An address on this server means the same as the relative reference, so a search looks for both forms.
"""

from collections.abc import Sequence
from typing import Any

from gateway.errors import BadRequest
from gateway.fhir import r4, references
from gateway.fhir.validate.targets import named_type
from gateway.search.context import Context
from gateway.search.definitions.parameters import Parameter
from gateway.search.notation.ranges import refuse
from gateway.search.notation.tokens import NOTHING, Filter, exact, starting
from gateway.search.notation.values import unescape
from gateway.search.types import token, uri

FIELD = "k"
MODIFIERS = r4.resource_types() | {"identifier"}


def index(name: str, kind: str, value: Any) -> list[str]:
    """Return the index entries of references (see SearchType)."""
    if not isinstance(value, dict):
        entries = uri.index(name, kind, value)
        whole = uri.canonical(value) if isinstance(value, str) else "|"
        return entries if "|" in whole else [*entries, f"{name}|{whole}|"]
    if kind in r4.resource_types():  # Bundle.composition is no reference but the resource itself
        return [f"{name}|{kind}/{value['id']}"] if isinstance(value.get("id"), str) else []
    entries = []
    reference = value.get("reference")
    if isinstance(reference, str) and not reference.startswith("#"):
        entries.append(f"{name}|{reference}")
        bare, versioned, _ = reference.partition("/_history/")
        if versioned:
            entries.append(f"{name}|{bare}")
    if "identifier" in value:
        entries += token.index(f"{name}:identifier", "Identifier", value["identifier"])
        if "reference" not in value:
            entries += _logical(name, value)
    return entries


def _logical(name: str, value: dict[str, Any]) -> list[str]:
    """Index the type of a target that only an identifier names, "" if Reference.type does not say it."""
    type_ = named_type(value) if "type" in value else ""
    return [] if type_ is None else [f"{name}:logical|{type_}"]


def where(name: str, parameter: Parameter, modifier: str | None, value: str, context: Context) -> Filter:
    """Return the filter for references (see SearchType)."""
    if modifier == "identifier":
        return token.where(f"{name}:identifier", parameter, None, value, context)
    reference = local(unescape(value).strip(), context.base)
    allowed = parameter.targets if modifier is None else (modifier,)
    if not reference or reference.startswith("#"):
        raise refuse(parameter.name, value, "a reference")
    if ":" in reference or "/" in reference:
        written = references.parse_reference(reference)
        limited = parameter.restricted or modifier is not None
        if limited and written and written.type not in allowed:
            return NOTHING
        return pointing((name,), [reference], context.base if written else "")
    return pointing((name,), [f"{target}/{reference}" for target in allowed], context.base)


def any_version(name: str, value: str) -> Filter:
    """Return the filter of references to a canonical address in any version, or in one that begins as written: `…|1`
    means 1, 1.0, 1.1… (https://hl7.org/fhir/R4/search.html#versions)."""
    address = unescape(value).strip()
    if not address:
        raise BadRequest(f"Search parameter '{name}:below' has no address")
    longer = starting(f"{name}|{address}{'.' if '|' in address else '|'}")
    return {"$or": [exact(f"{name}|{address}"), longer]}


def pointing(names: Sequence[str], keys: Sequence[str], base: str) -> Filter:
    """Return the filter of documents that refer by one of `names` to one of `keys`, also by an address below `base`."""
    return exact(*pointers(names, keys, base))


def pointers(names: Sequence[str], keys: Sequence[str], base: str) -> list[str]:
    """Return the tokens by which a document refers by one of `names` to one of `keys`."""
    return [
        f"{name}|{root}{key}" for root in roots(base) for name in names for key in keys if not root or ":" not in key
    ]


def roots(base: str) -> tuple[str, ...]:
    """Return the beginnings that a reference to a resource of this server may have before `Type/id`."""
    return ("", f"{base}/") if base else ("",)


def local(reference: str, base: str) -> str:
    """Return the reference without the address of this server."""
    return reference.removeprefix(f"{base}/") if base else reference


def present(name: str, parameter: Parameter) -> Filter:
    """Return the filter for resources that have such a reference. If only some types count, as for `patient`, a
    reference by identifier alone counts too, unless its Reference.type is another type."""
    if not parameter.restricted:
        return {"$or": [starting(f"{name}|"), starting(f"{name}:identifier|")]}
    contained: Filter = {"n": {"$elemMatch": {"t": {"$in": list(parameter.targets)}, "r": name}}}
    logical = exact(*(f"{name}:logical|{type_}" for type_ in ("", *parameter.targets)))
    return {"$or": [*(_of_type(name, target) for target in parameter.targets), contained, logical]}


def _of_type(name: str, target: str) -> Filter:
    absolute = starting(f"{name}|http", rf"/{target}/[A-Za-z0-9\-.]+(/_history/.*)?$")
    return {"$or": [starting(f"{name}|{target}/"), absolute]}
