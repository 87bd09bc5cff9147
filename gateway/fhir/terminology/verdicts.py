"""Check a code against a value set or code system, by the rules of `$validate-code`.

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
    """A code of a request: a Coding, or a bare code with what is known about it."""

    code: str | None
    system: str | None = None
    version: str | None = None
    display: str | None = None

    @classmethod
    def of(cls, coding: Row) -> "Coded":
        """Read a Coding."""
        return cls(text(coding, "code"), text(coding, "system"), text(coding, "version"), text(coding, "display"))


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a check.

    message: why the code is wrong, or a warning; None if there is nothing to say.
    display: the right display.
    """

    result: bool
    message: str | None = None
    display: str | None = None


@dataclass(frozen=True, slots=True)
class JudgingRules:
    """The options of a check.

    abstract: False if abstract concepts, which only group others, are wrong.
    language: the language of the display.
    """

    abstract: bool | None = None
    language: str | None = None


def in_value_set(terminology: Terminology, value_set: ValueSet, coded: Coded, rules: JudgingRules) -> Verdict:
    """Check whether a code is in a value set. Raises BadRequest if the value set is faulty."""
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
    return _judged(found, coded, rules)


def in_code_system(system: CodeSystem, coded: Coded, rules: JudgingRules) -> Verdict:
    """Check whether a code is in a code system. A code of a part of a system is right, with a warning."""
    if not coded.code:
        return Verdict(False, "there is no code")
    if coded.system and coded.system != system.url:
        return Verdict(False, f"the system of the code is {coded.system}, not {system.url}")
    if coded.version and system.version and coded.version != system.version:
        text_ = f"the code is of version {coded.version} of {system.url}, which is known here as {system.version}"
        return Verdict(False, text_)
    concept = system.get(coded.code)
    if concept is not None:
        return _judged(member(system, concept), coded, rules)
    text_ = f"the code system {system.url} does not have the code '{coded.code}'"
    if system.content == "not-present":
        return Verdict(False, f"the codes of {system.url} are not known here")
    if not system.closed:
        return Verdict(True, f"{text_} as far as it is known here, which is a part of it ({system.content})")
    return Verdict(False, text_)


def any_of(codings: Iterable[Coded], judge: Callable[[Coded], Verdict]) -> Verdict:
    """Check a CodeableConcept: it is right if one of its codings is. Otherwise the messages of all are joined."""
    verdicts = [judge(coding) for coding in codings]
    right = next((verdict for verdict in verdicts if verdict.result), None)
    if right is not None:
        return right
    if not verdicts:
        return Verdict(False, "there is no coding")
    display = next((verdict.display for verdict in verdicts if verdict.display), None)
    return Verdict(False, "; ".join(verdict.message for verdict in verdicts if verdict.message), display)


def _judged(found: ValueSetMember, coded: Coded, rules: JudgingRules) -> Verdict:
    """Check the display and the state of a code that exists."""
    display = display_in(rules.language, found.display, found.designations)
    if found.abstract and rules.abstract is False:
        return Verdict(False, f"the code '{found.code}' is abstract: it only groups others", display)
    if coded.display and not is_called(coded.display, found.display, found.designations):
        return Verdict(False, f'The display "{coded.display}" is incorrect', display)
    if coded.code != found.code:
        return Verdict(True, f"the code is written '{found.code}'", display)
    return Verdict(True, f"the code '{found.code}' is inactive" if found.inactive else None, display)


def is_called(display: str, usual: str | None, designations: Iterable[Designation]) -> bool:
    """Tell whether a display is one of a concept's names, without regard to case and blanks.

    Any display is right for a concept that has none (`usual` is None).
    """
    return usual is None or _plain(display) in {_plain(name) for name in _names(usual, designations)}


def _names(display: str, designations: Iterable[Designation]) -> Iterator[str]:
    yield display
    for designation in designations:
        if (designation.use or {}).get("code") != "definition":
            yield designation.value


def _plain(display: str) -> str:
    return " ".join(display.casefold().split())
