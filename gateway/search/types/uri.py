"""Addresses: https://hl7.org/fhir/R4/search.html#uri

An address with a version (`…|1.0`) is found without it as well. The `url` of a resource has its version in another
element, so `url=http://…|1.0` asks for both.
"""

from typing import Any

from gateway.search.context import Context
from gateway.search.definitions.parameters import Parameter
from gateway.search.notation.canonicals import version_of
from gateway.search.notation.tokens import Filter, exact, starting
from gateway.search.notation.values import unescape

FIELD = "k"
MODIFIERS = frozenset({"below", "above"})


def index(name: str, kind: str, value: Any) -> list[str]:
    """Index a URI as written and without its version, a canonical also without its `#fragment`, which names a part of
    the resource (https://hl7.org/fhir/R4/references.html#canonical)."""
    if not isinstance(value, str):
        return []
    whole = canonical(value) if kind == "canonical" else value
    bare, _, version = whole.partition("|")
    forms = (value, whole, bare) if version else (value, whole)
    return [f"{name}|{form}" for form in dict.fromkeys(forms)]


def canonical(value: str) -> str:
    """Return a canonical without its `#fragment`; a reference to a contained resource is returned as it is."""
    return value.partition("#")[0] or value


def where(name: str, parameter: Parameter, modifier: str | None, value: str, context: Context) -> Filter:
    """Match an address. "The :above and :below modifiers only apply to URLs, and not URNs", which are compared as a
    whole."""
    address = unescape(value)
    if "://" in address and modifier == "below":
        return starting(f"{name}|{address}")
    if "://" in address and modifier == "above":
        return exact(f"{name}|{address}", *(f"{name}|{above}" for above in _above(address)))
    bare, _, version = address.partition("|")
    if name == "url" and version:
        return version_of(bare, version)
    return exact(f"{name}|{address}")


def _above(address: str) -> list[str]:
    steps = [at for at, character in enumerate(address) if character == "/"]
    return [address[:at] for at in steps] + [address[: at + 1] for at in steps]


def present(name: str, parameter: Parameter) -> Filter:
    """Return the filter of documents that have any value."""
    return starting(f"{name}|")
