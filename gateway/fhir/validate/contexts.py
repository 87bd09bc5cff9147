"""Check that an extension stands in one of its contexts (https://hl7.org/fhir/R4/defining-extensions.html#context).

The check of an extension does not see the elements around it. So it returns a question (an issue of the code
`CONTEXT`), which gets its path on the way up, and the check of the resource answers it. A wrong context is a warning,
because HL7 has added contexts to many extensions since R4 without changing their urls, and R4 servers use them.
"""

import re
from functools import lru_cache

from gateway.fhir import r4
from gateway.fhir.validate.findings import ValidationIssue

CONTEXT = "context"
ANYWHERE = frozenset({"Element", "Extension"})

_INDEX = re.compile(r"\[\d+]")
_STEP = re.compile(r"\.(?!ofType\()([A-Za-z]\w*)(?:\[\d+])?(?:\.ofType\((\w+)\))?")


def answered(type_: str, found: list[ValidationIssue]) -> list[ValidationIssue]:
    """Return the issues of a resource of `type_`. Each question becomes an issue, or goes if the context is right."""
    if not any(issue.code == CONTEXT for issue in found):
        return found
    answers: list[ValidationIssue] = []
    counts: dict[tuple[str, str], int] = {}
    for issue in found:
        if issue.code != CONTEXT:
            answers.append(issue)
            continue
        place = issue.path.rpartition(".")[0], issue.text
        counts[place] = counts.get(place, 0) + 1
        answers += _misplaced(type_, issue, counts[place])
    return answers


def _misplaced(type_: str, question: ValidationIssue, count: int) -> list[ValidationIssue]:
    url = question.text
    known = r4.extensions()[url]
    path, _, slot = question.path.rpartition(".")
    found = []
    if slot.startswith("modifierExtension") != known.modifier:
        text = f"the extension {url} {'is a modifierExtension' if known.modifier else 'is no modifierExtension'}"
        found.append(ValidationIssue(question.path, "extension", text))
    if not places(type_, path).intersection(known.contexts):
        text = f"the extension {url} is defined for {' and '.join(known.contexts)}, not for this element"
        found.append(ValidationIssue(question.path, "extension", text, "warning"))
    if known.max == "1" and count == 2:
        text = f"the extension {url} may stand once in an element"
        found.append(ValidationIssue(question.path, "extension", text, "warning"))
    return found


def places(type_: str, path: str) -> frozenset[str]:
    """Return all names by which a context may mean the element at `path`: from each type on the way, and its types."""
    return _places(type_, _INDEX.sub("", path))


@lru_cache(maxsize=4096)
def _places(type_: str, path: str) -> frozenset[str]:
    routes = [(name, "") for name in _family(type_)]
    own = type_
    for step in _STEP.finditer(path):
        name, form = step.groups()
        element = r4.types()[own].elements[name]
        own = form or element.types[0]
        written = [name, name + "[x]", name + own[0].upper() + own[1:]] if element.choice else [name]
        routes = [(root, f"{way}.{one}") for root, way in routes for one in written]
        routes += [(one, "") for one in _family(own)]
    return frozenset(root + way for root, way in routes)


def _family(type_: str | None) -> list[str]:
    """Return a type and its bases."""
    names = []
    while type_ is not None:
        names.append(type_)
        type_ = r4.types()[type_].base
    return names
