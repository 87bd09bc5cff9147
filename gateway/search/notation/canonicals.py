"""References by address, such as `http://example.org/q|2.0`: https://hl7.org/fhir/R4/references.html#canonical

The tokens of such a reference are `name|address|version` and `name|address`; without a version they are `name|address|`
and `name|address`. Its target has the tokens `url|address` and `version|2.0|`.
"""

from collections.abc import Iterable, Sequence

from gateway.search.notation.tokens import Filter, escape, exact, unescape


def tokens_to(names: Sequence[str], named: Iterable[Iterable[str]]) -> list[str]:
    """Return the tokens that point by one of `names` to a resource, with its version or without one.

    named: the tokens of each resource.
    """
    pointers: list[str] = []
    for tokens in map(list, named):
        versions = ["", *(unescape(token.split("|")[1]) for token in tokens if token.startswith("version|"))]
        addresses = [token[len("url|") :] for token in tokens if token.startswith("url|")]
        pointers += [f"{name}|{address}|{version}" for name in names for address in addresses for version in versions]
    return sorted({*pointers})


def named_by(pointers: Iterable[str]) -> list[Filter]:
    """Return filters of the resources to which `address|version` and `address|` point, as alternatives."""
    split = {(address, version) for pointer in pointers for address, _, version in [pointer.partition("|")]}
    addresses = sorted(f"url|{address}" for address, version in split if not version)
    any_version = [{"k": {"$in": addresses}}] if addresses else []
    return [*any_version, *(version_of(address, version) for address, version in sorted(split) if version)]


def version_of(address: str, version: str) -> Filter:
    """Return the filter of the resource with this address and version, whose case does not count."""
    return {"$and": [exact(f"url|{address}"), exact(f"version|{escape(version).casefold()}|")]}
