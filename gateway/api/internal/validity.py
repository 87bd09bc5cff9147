"""Whether an edit may be stored. What a lenient source left wrong elsewhere must not stand in its way: only errors that
the edit brings are refused."""

import re
from collections import Counter

from gateway.errors import Invalid, Issue
from gateway.fhir.json import Resource
from gateway.fhir.validate import Profiles, Strictness, check, validate

_INDEX = re.compile(r"\[\d+\]")
_Error = tuple[str, str, str]


def check_edit(
    before: Resource | None, after: Resource, *, strictness: Strictness, profiles: Profiles | None = None
) -> None:
    """Raises Invalid with the errors that `after` has and `before` (None: it is new) had not."""
    if before is None or strictness == "lenient":
        check(after, strictness=strictness, profiles=profiles)
        return
    found = [issue for issue in validate(after, profiles=profiles) if _is_error(issue)]
    if not found:
        return
    known = Counter(map(_same, filter(_is_error, validate(before, profiles=profiles))))
    brought = [issue for issue in found if not _taken(known, _same(issue))]
    if brought:
        raise Invalid("The edit would make this no valid FHIR R4.", issues=brought)


def _is_error(issue: Issue) -> bool:
    return issue.severity in ("fatal", "error")


def _same(issue: Issue) -> _Error:
    """Items of a list move when one before them goes: the index is no part of what an error is."""
    return issue.code, issue.text, _INDEX.sub("", issue.expression)


def _taken(known: Counter[_Error], error: _Error) -> bool:
    known[error] -= 1
    return known[error] >= 0
