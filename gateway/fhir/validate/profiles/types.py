"""Check a value against the type of its element: its profiles, and the types that a reference may point to."""

from collections.abc import Callable, Iterator
from typing import Any

from gateway.fhir import path, r4
from gateway.fhir.references import parse_reference
from gateway.fhir.validate.findings import ValidationIssue
from gateway.fhir.validate.profiles.definition import Node, TypeOf
from gateway.fhir.validate.profiles.given import Given
from gateway.fhir.validate.profiles.items import ProfiledItem, family, is_a
from gateway.fhir.validate.profiles.registry import core_type
from gateway.fhir.validate.targets import named_type

Check = Callable[[Node, ProfiledItem, Given], Iterator[ValidationIssue]]


def check_type(type_: TypeOf, item: ProfiledItem, given: Given, check: Check) -> Iterator[ValidationIssue]:
    """Yield the findings of a value against an allowed type; `check` checks it against the root of a profile."""
    if type_.profiles and type_.code == "Extension":
        yield from _extension(type_, item, given)
    elif type_.profiles:
        yield from _profiled(type_, item, given, check)
    if type_.targets and type(item.value) is dict:
        yield from _targeted(type_, item, given)


def _extension(type_: TypeOf, item: ProfiledItem, given: Given) -> Iterator[ValidationIssue]:
    """Report only definitions that are not known: `Profiles` checks an extension against its definition wherever the
    extension stands."""
    for url in type_.profiles:
        address = url.partition("|")[0]
        if core_type(url) is None and address not in r4.extensions() and address not in given.extensions:
            yield _unknown(given.why_missing(url), item)


def _profiled(type_: TypeOf, item: ProfiledItem, given: Given, check: Check) -> Iterator[ValidationIssue]:
    """Check that a value meets one of the profiles of its type."""
    verdicts: list[list[ValidationIssue]] = []
    unknown: list[str] = []
    for url in type_.profiles:
        if (core := core_type(url)) is not None and is_a(item.type, {core}):
            return
        root = given.root_of(url) if core is None else None
        if root is not None:
            verdicts.append([*check(root, item, given)])
        elif core is None:
            unknown.append(given.why_missing(url))
    sound = [verdict for verdict in verdicts if not any(finding.severity == "error" for finding in verdict)]
    if sound:
        yield from min(sound, key=len)
    elif unknown:
        yield from (_unknown(text, item) for text in unknown)
    elif verdicts:
        yield from verdicts[0]


def _unknown(text: str, item: ProfiledItem) -> ValidationIssue:
    return ValidationIssue(item.path, "not-found", f"{text}: nothing is checked against it here", "warning")


def _targeted(type_: TypeOf, item: ProfiledItem, given: Given) -> Iterator[ValidationIssue]:
    """Check the type of the target, and report that its profile is not checked."""
    name = _type_of_target(item, given)
    if name is None:
        return
    allowed = {url: _target(url, given) for url in type_.targets}
    fitting = [url for url, target in allowed.items() if target in family(name)]
    unknown = [url for url, target in allowed.items() if target is None]
    if not fitting and unknown:
        yield from (_unknown(given.why_missing(url), item) for url in unknown)
    elif not fitting:
        text = f"a reference to {name} is not allowed here, only to {' or '.join(sorted(map(str, allowed.values())))}"
        yield ValidationIssue(item.path, "structure", text)
    elif all(core_type(url) is None for url in fitting):
        text = f"whether the target meets {' or '.join(fitting)} is not checked"
        yield ValidationIssue(item.path, "not-supported", text, "information")


def _type_of_target(item: ProfiledItem, given: Given) -> str | None:
    """Return the type by the text of the reference, by the target if it is at hand, or by Reference.type; None if
    nothing tells it."""
    reference = item.value.get("reference")
    parts = parse_reference(reference) if type(reference) is str else None
    if parts is not None:
        return parts.type
    if type(reference) is str and (target := _resolved(item, given)) is not None:
        return target
    return named_type(item.value)


def _resolved(item: ProfiledItem, given: Given) -> str | None:
    try:
        targets: list[Any] = path.compile("resolve()")(
            item.value, type=item.type, resource=given.resource, rootResource=given.root
        )
    except path.PathError:
        return None
    name = targets[0].get("resourceType") if targets and type(targets[0]) is dict else None
    return name if name in r4.resource_types() else None


def _target(url: str, given: Given) -> str | None:
    """Return the type that a target profile is for, None if the profile is not known."""
    root = given.root_of(url)
    return root.id if root is not None else core_type(url)
