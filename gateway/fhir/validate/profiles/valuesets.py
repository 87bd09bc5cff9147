"""Decide whether a value is in the value set that an element is bound to.

A value set is expanded once if that is possible. If it is not (a code system that is not known here, a filter that is
not offered, too many codes), each code is looked up by itself, which may still be possible.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from gateway.errors import BadRequest
from gateway.fhir.terminology import Terminology, ValueSet
from gateway.fhir.terminology.canonical import split
from gateway.fhir.validate.bindings import first_codes
from gateway.fhir.validate.findings import shown
from gateway.fhir.validate.profiles.items import ProfiledItem, family

Systems = dict[str, frozenset[str]]

_TEXTS = frozenset({"string", "uri"})


class ValueSetAnswer(NamedTuple):
    """`member` is None if membership cannot be decided; `text` says why not, or what is not a member."""

    member: bool | None
    text: str = ""


_MEMBER = ValueSetAnswer(True)


class _CheckedCode(NamedTuple):
    """The code of a value. A bare code, string or URI has no `system`: it may belong to any system of the value set."""

    system: str | None
    code: str

    def __str__(self) -> str:
        return shown(self.code) if self.system is None else f"{self.system}|{self.code}"


class ValueSets:
    """The value sets of one terminology, with the expansions made so far."""

    def __init__(self, terminology: Terminology) -> None:
        self._terminology = terminology
        self._expanded: dict[str, Systems | None] = {}

    def judge(self, canonical: str, item: ProfiledItem) -> ValueSetAnswer:
        """Say whether `item` meets a binding to the value set. A value to which no binding applies meets it: a boolean
        in a choice, an element with extensions only."""
        codes = _codes(item)
        if codes is None:
            return _MEMBER
        try:
            value_set = self._terminology.value_set(canonical)
        except BadRequest as error:
            return ValueSetAnswer(None, f"the value set {canonical} cannot be read: {error.text}")
        if value_set is None:
            return ValueSetAnswer(None, self._why_missing(canonical, item))
        systems = self._systems(canonical, value_set)
        if not codes:
            text = "a text alone" if item.type == "CodeableConcept" else f"a {item.type} without a code"
            return ValueSetAnswer(False, _outside(text, systems))
        return self._any(value_set, systems, codes)

    def _any(self, value_set: ValueSet, systems: Systems | None, codes: list[_CheckedCode]) -> ValueSetAnswer:
        """Judge codings, of which only one must be in the value set."""
        verdicts: list[ValueSetAnswer] = []
        for code in codes:
            verdict = self._one(value_set, code) if systems is None else ValueSetAnswer(_has(systems, code))
            if verdict.member:
                return verdict
            verdicts.append(verdict)
        undecided = next((verdict for verdict in verdicts if verdict.member is None), None)
        return undecided or ValueSetAnswer(False, _outside(", ".join(map(str, codes[:3])), systems))

    def _one(self, value_set: ValueSet, code: _CheckedCode) -> ValueSetAnswer:
        undecided = ""
        try:
            systems = self._systems_in(value_set) if code.system is None else [code.system]
        except BadRequest as error:
            return ValueSetAnswer(None, error.text)
        for system in dict.fromkeys(systems):
            try:
                if self._terminology.find(value_set, system, code.code) is not None:
                    return _MEMBER
            except BadRequest as error:
                undecided = error.text
        return ValueSetAnswer(None, undecided) if undecided else ValueSetAnswer(False)

    def _systems_in(self, value_set: ValueSet) -> list[str]:
        """Return the code systems that a value set takes codes from, by way of the value sets within it as well."""
        systems: list[str] = []
        waiting, seen = [value_set], set[str]()
        for each in waiting:
            systems += [include.system for include in each.includes if include.system]
            new = {url for include in each.includes for url in include.value_sets} - seen
            seen |= new
            waiting += [other for url in sorted(new) if (other := self._terminology.value_set(url)) is not None]
        return systems

    def _systems(self, canonical: str, value_set: ValueSet) -> Systems | None:
        """Return system -> codes, None if the value set cannot be expanded."""
        if canonical not in self._expanded:
            self._expanded[canonical] = self._expand(value_set)
        return self._expanded[canonical]

    def _expand(self, value_set: ValueSet) -> Systems | None:
        try:
            members = self._terminology.expand(value_set)
        except BadRequest:
            return None
        found: dict[str, set[str]] = {}
        for one in members:
            found.setdefault(one.system, set()).add(one.code)
        return {system: frozenset(codes) for system, codes in found.items()}

    def _why_missing(self, canonical: str, item: ProfiledItem) -> str:
        url, version = split(canonical)
        other = self._terminology.value_set(url) if version else None
        if other is None:
            return self._terminology.no_value_set(canonical)
        member = self.judge(url, item).member
        elsewhere = "" if member is None else f"; in {other.canonical} it {'is' if member else 'is not'} a member"
        return self._terminology.no_value_set(canonical) + elsewhere


def _codes(item: ProfiledItem) -> list[_CheckedCode] | None:
    """Return the codes of a value, None if no binding applies to it."""
    value = item.value
    if type(value) is str and family(item.type) & _TEXTS:
        return [_CheckedCode(None, value)]
    if type(value) is not dict:
        return None
    if item.type == "CodeableConcept":
        return _coded(value.get("coding", ())) if "coding" in value or "text" in value else None
    if item.type == "Coding" or "Quantity" in family(item.type):
        says_something = "_code" not in value and value.keys() - {"id", "extension", "_value"}
        return _coded([value]) if says_something else None
    return None


def _coded(codings: Iterable[Any]) -> list[_CheckedCode]:
    coded = [coding for coding in codings if type(coding) is dict and "code" in coding]
    return [_CheckedCode(str(coding.get("system", "")), str(coding["code"])) for coding in coded]


def _has(systems: Systems, code: _CheckedCode) -> bool:
    if code.system is None:
        return any(code.code in codes for codes in systems.values())
    return code.code in systems.get(code.system, ())


def _outside(text: str, systems: Systems | None) -> str:
    return f"{text} is not in it" if systems is None else f"{text} is not in it: {first_codes(systems)}"
