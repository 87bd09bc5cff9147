"""References by address, `http://example.org/q|2.0`, and what they mean: https://hl7.org/fhir/R4/references.html#canonical

Their tokens are `name|address|version` and `name|address`; without a version `name|address|` stands for the first. What
they name has its own tokens, `url|address` and `version|2.0|`.
"""

from collections.abc import Iterable, Sequence

from gateway.search.notation.tokens import Filter, escape, exact, unescape


def tokens_to(names: Sequence[str], named: Iterable[Iterable[str]]) -> list[str]:
    """The tokens called one of `names` that point to a resource with these tokens: in its version or in none."""
    found: list[str] = []
    for tokens in map(list, named):
        versions = ["", *(unescape(token.split("|")[1]) for token in tokens if token.startswith("version|"))]
        addresses = [token[len("url|") :] for token in tokens if token.startswith("url|")]
        found += [f"{name}|{address}|{version}" for name in names for address in addresses for version in versions]
    return sorted({*found})


def named_by(pointers: Iterable[str]) -> list[Filter]:
    """What `address|version` and `address|` name, as alternatives."""
    split = {(address, version) for pointer in pointers for address, _, version in [pointer.partition("|")]}
    whatever = sorted(f"url|{address}" for address, version in split if not version)
    found = [{"k": {"$in": whatever}}] if whatever else []
    return [*found, *(version_of(address, version) for address, version in sorted(split) if version)]


def version_of(address: str, version: str) -> Filter:
    return {"$and": [exact(f"url|{address}"), exact(f"version|{escape(version).casefold()}|")]}
