"""Check an edit: only errors that the edit adds are refused, since a lenient source may have left others."""

import re
from collections import Counter

from gateway.errors import Invalid, Issue
from gateway.fhir import path
from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate import Profiles, Strictness, check, validate

_INDEX = re.compile(r"\[\d+\]")
_Error = tuple[str, str, str]


def check_edit(
    before: Resource | None, after: Resource, *, strictness: Strictness, profiles: Profiles | None = None
) -> None:
    """Raise Invalid with the errors that `after` has and `before` (None if new) does not have."""
    if before is None or strictness == "lenient":
        check(after, strictness=strictness, profiles=profiles)
        return
    found = [issue for issue in validate(after, profiles=profiles) if _is_error(issue)]
    if not found:
        return
    had = [issue for issue in validate(before, profiles=profiles) if _is_error(issue)]
    known = Counter(map(_same, had))
    brought = [issue for issue in found if not _taken(known, _same(issue))]
    if any(issue.code != "invariant" for issue in had):
        brought = [issue for issue in brought if _changed(issue, before, after)]
    if brought:
        raise Invalid("The edit would make this no valid FHIR R4.", issues=brought)


def _is_error(issue: Issue) -> bool:
    return issue.severity in ("fatal", "error")


def _same(issue: Issue) -> _Error:
    """Return the key of an error without list indexes, since items move when one before them is removed."""
    return issue.code, issue.text, _INDEX.sub("", issue.expression)


def _changed(issue: Issue, before: Resource, after: Resource) -> bool:
    """Return whether the edit changed the element of the issue.

    While the structure is wrong, invariants are not checked, so that an issue that appears after mending may have been
    there before.
    """
    try:
        expression = path.compile(issue.expression, str(after.get("resourceType")))
        return bool(expression.typed(before) != expression.typed(after))
    except path.PathError:
        return True


def _taken(known: Counter[_Error], error: _Error) -> bool:
    known[error] -= 1
    return known[error] >= 0
