"""Value sets that come with profiles, expanded from what was loaded and from the definitions of R4."""

from collections.abc import Iterable, Iterator
from typing import Any

from gateway.fhir import r4
from gateway.fhir.json import Resource

Systems = dict[str, frozenset[str]]
_DEEPEST = 16  # value sets within value sets


class ValueSets:
    def __init__(self, definitions: Iterable[Resource]) -> None:
        known = [one for one in definitions if isinstance(one.get("url"), str)]
        self._sets = {one["url"]: one for one in known if one["resourceType"] == "ValueSet"}
        self._systems = {one["url"]: one for one in known if one["resourceType"] == "CodeSystem"}
        self._expanded: dict[str, Systems | None] = {}

    def expand(self, url: str, depth: int = 0) -> Systems | None:
        """system -> codes; None where that takes a terminology server."""
        url = url.partition("|")[0]
        if url not in self._sets:
            return r4.codes().get(url)
        if url not in self._expanded:
            self._expanded[url] = self._read(self._sets[url], depth) if depth < _DEEPEST else None
        return self._expanded[url]

    def _read(self, value_set: Resource, depth: int) -> Systems | None:
        try:
            return self._expand(value_set, depth)
        except (AttributeError, KeyError, TypeError):
            return None  # not the shape of a value set: nothing can be held to it

    def _expand(self, value_set: Resource, depth: int) -> Systems | None:
        compose = value_set.get("compose", {})
        included = [self._part(part, depth) for part in compose.get("include", ())]
        excluded = [self._part(part, depth) for part in compose.get("exclude", ())]
        if not included or None in included or None in excluded:
            return _given(value_set)
        gone = _united(excluded)
        return {system: codes - gone.get(system, frozenset()) for system, codes in _united(included).items()}

    def _part(self, part: dict[str, Any], depth: int) -> Systems | None:
        """An include: the codes of its system that are in all of its value sets."""
        others = [self.expand(url, depth + 1) for url in part.get("valueSet", ())]
        own = self._own(part)
        sides = [one for one in (own, *others) if one is not None]
        if not sides or None in others or (own is None and "system" in part):
            return None
        shared = set.intersection(*({(s, c) for s, codes in side.items() for c in codes} for side in sides))
        return _united([{system: frozenset({code})} for system, code in shared])

    def _own(self, part: dict[str, Any]) -> Systems | None:
        system = part.get("system")
        if system is None or "filter" in part:
            return None
        if "concept" in part:
            return {system: frozenset(one["code"] for one in part["concept"])}
        known = self._systems.get(system)
        if known is None or known.get("content") != "complete":
            return None
        return {system: frozenset(_codes(known.get("concept", ())))}


def _given(value_set: Resource) -> Systems | None:
    """The expansion that the value set itself carries."""
    expansion = value_set.get("expansion", {})
    listed = list(_contained(expansion.get("contains", ())))
    if not listed or expansion.get("total", len(listed)) > len(listed):
        return None
    return _united([{one["system"]: frozenset({one["code"]})} for one in listed if "system" in one and "code" in one])


def _contained(contains: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for one in contains:
        yield one
        yield from _contained(one.get("contains", ()))


def _codes(concepts: Iterable[dict[str, Any]]) -> Iterator[str]:
    for concept in concepts:
        yield concept["code"]
        yield from _codes(concept.get("concept", ()))


def _united(sides: Iterable[Systems | None]) -> Systems:
    found: dict[str, set[str]] = {}
    for side in sides:
        for system, codes in (side or {}).items():
            found.setdefault(system, set()).update(codes)
    return {system: frozenset(codes) for system, codes in found.items()}
