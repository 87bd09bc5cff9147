"""Offer short parameters for frequent conditions, on collections with the fields: `patient` and `code`."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from gateway.api.internal.shape import OBJECT, DocumentField, find
from gateway.errors import BadRequest
from gateway.fhir.bundle import is_id

PATIENT = "patient"
Known = Mapping[str, DocumentField]


class Shortcut(NamedTuple):
    """A parameter that stands for a condition, on collections that have its fields."""

    applies: Callable[[Known], bool]
    filter: Callable[[Known, str], dict[str, Any]]


def patient_id(text: str) -> str:
    """Read `p1` or `Patient/p1`. Raises BadRequest."""
    id_ = text.removeprefix("Patient/")
    if not is_id(id_):
        raise BadRequest("the parameter patient must be the id of a patient", expression=PATIENT)
    return id_


def _of_patient(known: Known, text: str) -> dict[str, Any]:
    return {"patient_id": patient_id(text)}


def _coded(known: Known, text: str) -> dict[str, Any]:
    """Match `system|code` or `code`, also in components: half of all blood pressures are components only."""
    keys = ("code_keys", "component_keys") if "|" in text else ("code.codings.code", "components.code.codings.code")
    return {"$or": [{name: text} for name in keys if find(known, name)]}


def _has_codes(known: Known) -> bool:
    code = known.get("code")
    return "code_keys" in known and code is not None and code.kind == OBJECT and bool(find(known, "code.codings.code"))


SHORTCUTS: dict[str, Shortcut] = {
    PATIENT: Shortcut(lambda known: "patient_id" in known and PATIENT not in known, _of_patient),
    "code": Shortcut(_has_codes, _coded),
}
