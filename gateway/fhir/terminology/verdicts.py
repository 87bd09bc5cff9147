"""Is what is said of a code true? The rules of `$validate-code` on value sets and code systems.

https://hl7.org/fhir/R4/valueset-operation-validate-code.html, https://hl7.org/fhir/R4/codesystem-operation-validate-code.html
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from gateway.errors import NotSupported
from gateway.fhir.terminology.canonical import join
from gateway.fhir.terminology.codesystem import CodeSystem, Designation
from gateway.fhir.terminology.contents import member
from gateway.fhir.terminology.languages import display_in
from gateway.fhir.terminology.reading import Row, text
from gateway.fhir.terminology.terminology import Terminology
from gateway.fhir.terminology.valueset import ValueSet, ValueSetMember
from gateway.fhir.terminology.versions import Versions


@dataclass(frozen=True, slots=True)
class Coded:
    """A code as it was given, in whatever form."""

    code: str | None
    system: str | None = None
    version: str | None = None
    display: str | None = None

    @classmethod
    def of(cls, coding: Row) -> "Coded":
        return cls(text(coding, "code"), text(coding, "system"), text(coding, "version"), text(coding, "display"))


@dataclass(frozen=True, slots=True)
class Verdict:
    """`message` says why not, or warns; `display` is the right one."""

    result: bool
    message: str | None = None
    display: str | None = None


@dataclass(frozen=True, slots=True)
class JudgingRules:
    """How to judge: `abstract` False forbids concepts that only group others; `language` is that of displays."""

    abstract: bool | None = None
    language: str | None = None


def in_value_set(terminology: Terminology, value_set: ValueSet, coded: Coded, asked: JudgingRules) -> Verdict:
    """Raises BadRequest for a value set that is wrong in itself."""
    if not coded.code:
        return Verdict(False, "there is no code")
    if not coded.system:
        return Verdict(False, f"the code '{coded.code}' has no system, so it cannot be told what it means")
    if (
        coded.version
        and terminology.code_system(coded.system)
        and not terminology.code_system(coded.system, coded.version)
    ):
        return Verdict(False, terminology.no_code_system(join(coded.system, coded.version)))
    versions = Versions(default={coded.system: coded.version} if coded.version else {})
    name = f"'{coded.code}' of {coded.system}"
    try:
        found = terminology.find(value_set, coded.system, coded.code, versions)
    except NotSupported as error:
        return Verdict(False, f"whether the code {name} is in the value set {value_set.canonical} is unknown: {error}")
    if found is None:
        system = terminology.code_system(coded.system)
        absent = system is not None and system.closed and system.get(coded.code) is None
        text_ = f"the code {name} is not in the value set {value_set.canonical}"
        return Verdict(False, f"{text_}: its code system does not have it" if absent else text_)
    return _judged(found, coded, asked)


def in_code_system(system: CodeSystem, coded: Coded, asked: JudgingRules) -> Verdict:
    if not coded.code:
        return Verdict(False, "there is no code")
    if coded.system and coded.system != system.url:
        return Verdict(False, f"the system of the code is {coded.system}, not {system.url}")
    if coded.version and system.version and coded.version != system.version:
        text_ = f"the code is of version {coded.version} of {system.url}, which is known here as {system.version}"
        return Verdict(False, text_)
    concept = system.get(coded.code)
    if concept is not None:
        return _judged(member(system, concept), coded, asked)
    text_ = f"the code system {system.url} does not have the code '{coded.code}'"
    if system.content == "not-present":
        return Verdict(False, f"the codes of {system.url} are not known here")
    if not system.closed:
        return Verdict(True, f"{text_} as far as it is known here, which is a part of it ({system.content})")
    return Verdict(False, text_)


def any_of(codings: Iterable[Coded], judge: Callable[[Coded], Verdict]) -> Verdict:
    """A CodeableConcept is right if one of its codings is; else the verdicts on all of them are told."""
    verdicts = [judge(one) for one in codings]
    right = next((one for one in verdicts if one.result), None)
    if right is not None:
        return right
    if not verdicts:
        return Verdict(False, "there is no coding")
    display = next((one.display for one in verdicts if one.display), None)
    return Verdict(False, "; ".join(one.message for one in verdicts if one.message), display)


def _judged(found: ValueSetMember, coded: Coded, asked: JudgingRules) -> Verdict:
    """On a code that is where it should be."""
    display = display_in(asked.language, found.display, found.designations)
    if found.abstract and asked.abstract is False:
        return Verdict(False, f"the code '{found.code}' is abstract: it only groups others", display)
    if coded.display and not is_called(coded.display, found.display, found.designations):
        return Verdict(False, f'The display "{coded.display}" is incorrect', display)
    if coded.code != found.code:
        return Verdict(True, f"the code is written '{found.code}'", display)
    return Verdict(True, f"the code '{found.code}' is inactive" if found.inactive else None, display)


def is_called(display: str, usual: str | None, designations: Iterable[Designation]) -> bool:
    """Displays are compared without regard to case and blanks: what they call a concept is the same. Of a concept
    without a usual one nothing is wrong."""
    return usual is None or _plain(display) in {_plain(one) for one in _names(usual, designations)}


def _names(display: str, designations: Iterable[Designation]) -> Iterator[str]:
    yield display
    for one in designations:
        if (one.use or {}).get("code") != "definition":
            yield one.value


def _plain(display: str) -> str:
    return " ".join(display.casefold().split())
