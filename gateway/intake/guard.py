"""Decide whether a version may be stored, by what was stored of the resource before. Pure."""

from gateway.intake.items import ImportStep
from gateway.store.layout.records import Imported, Version

OLDER = "older than the version that is here"
DELETED = "deleted at its source, and no newer version"
REPEATED = "imported before"


def obstacle(step: ImportStep, record: Imported | None) -> str:
    """Return why the version is left out, "" if it is to be stored.

    Versions are compared by meta.lastUpdated, then by a numeric meta.versionId. If these do not decide:

    - Of a history, versions up to the one that is here are left out; they are recognized by their content.
    - A version that was stored from the same place before, and then replaced from another file, is left out.
    - Any other version is stored, even again: it changes nothing, or brings back what was changed here.
    """
    before = record.stored if record is not None else None
    if record is None or before is None:
        return ""
    order = _order(step.version, before)
    if order:
        return OLDER if order < 0 else ""
    if step.history:
        return REPEATED if step.history.get(key_of(before), -1) >= step.place else ""
    if before.deleted:
        return DELETED if step.resource is not None else ""
    was_stored = record.seen.get(step.place_in_file) == step.version.digest
    return REPEATED if was_stored and record.place != step.place_in_file else ""


def key_of(version: Version) -> str:
    """Return the key of a version in `ImportStep.history`."""
    return "deleted" if version.deleted else version.digest


def _order(one: Version, other: Version) -> int:
    """Return -1 if `one` is older than `other`, 1 if it is newer, 0 if they are equal or do not say."""
    if one.updated is not None and other.updated is not None and one.updated != other.updated:
        return -1 if one.updated < other.updated else 1
    if one.number.isdecimal() and other.number.isdecimal():
        a, b = int(one.number), int(other.number)
        return (a > b) - (a < b)
    return 0
