"""Where an extension may stand (https://hl7.org/fhir/R4/defining-extensions.html#context).

A check sees an extension, not the elements around it. So the check of a known extension asks (a finding of code
`CONTEXT`), the question gets its path on the way up, and the resource it stands in answers. The answer is a warning:
HL7 has widened many contexts since R4 under the same addresses, and R4 servers use them so.
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
    """`found` in a resource of `type_`, its questions replaced by what is wrong with the place."""
    if not any(one.code == CONTEXT for one in found):
        return found
    answers: list[ValidationIssue] = []
    often: dict[tuple[str, str], int] = {}
    for one in found:
        if one.code != CONTEXT:
            answers.append(one)
            continue
        place = one.path.rpartition(".")[0], one.text
        often[place] = often.get(place, 0) + 1
        answers += _misplaced(type_, one, often[place])
    return answers


def _misplaced(type_: str, question: ValidationIssue, often: int) -> list[ValidationIssue]:
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
    if known.max == "1" and often == 2:
        text = f"the extension {url} may stand once in an element"
        found.append(ValidationIssue(question.path, "extension", text, "warning"))
    return found


def places(type_: str, path: str) -> frozenset[str]:
    """All that a context may call the element at `path` of a resource: by each type on the way, and its own types."""
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
    """A type and those it is derived from."""
    names = []
    while type_ is not None:
        names.append(type_)
        type_ = r4.types()[type_].base
    return names
