"""List the operations, a row each: https://hl7.org/fhir/R4/operations.html

Routes and CapabilityStatement are both made from this table, so that they always agree.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from gateway.api.operations import everything, lastn, meta, validate
from gateway.api.operations.terminology import expand, lookup, subsumes, translate, validate_code
from gateway.api.routing.content import ANY, NOTHING, OPTIONAL, TO_CHECK
from gateway.api.routing.routes import Interaction, Offer, Route

Level = Literal["system", "type", "instance", "version"]

_HL7 = "http://hl7.org/fhir/OperationDefinition"
_PATHS: dict[Level, str] = {
    "system": "",
    "type": "/{type}",
    "instance": "/{type}/{id}",
    "version": "/{type}/{id}/_history/{version}",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation.

    name: without `$`.
    offers: level -> method -> what it does; empty if it is routed elsewhere and only advertised here.
    types: the resource types that have it on all levels but the system's; empty for all types.
    """

    name: str
    definition: str
    summary: str
    offers: Mapping[Level, Mapping[str, Offer]]
    types: tuple[str, ...] = ()

    def routes(self) -> Iterator[Route]:
        """Yield the routes of the operation, one for each level and type."""
        for level, offers in self.offers.items():
            for type_ in ("",) if level == "system" else self.types or ("",):
                path = _PATHS[level].replace("{type}", type_) if type_ else _PATHS[level]
                yield Route(f"{path}/${self.name}", self.summary, offers, type_)

    def on(self, type_: str | None) -> bool:
        """Return whether the type has the operation; None stands for the system."""
        if type_ is None:
            return "system" in self.offers or not self.offers
        return bool(self.offers.keys() - {"system"}) and type_ in (self.types or (type_,))


def _asked(interaction: Interaction) -> Mapping[str, Offer]:
    """Offer an interaction by GET with its parameters in the query, and by POST with Parameters."""
    return {"GET": Offer(interaction), "POST": Offer(interaction, OPTIONAL)}


def _terminology(type_: str, name: str, interaction: Interaction, summary: str, *levels: Level) -> Operation:
    definition = f"{_HL7}/{type_}-{name}"
    return Operation(name, definition, summary, {level: _asked(interaction) for level in levels}, (type_,))


_META, _EVERYTHING = _asked(meta.answer), _asked(everything.answer)
_CHECK = {"POST": Offer(validate.answer, TO_CHECK)}

OPERATIONS = (
    Operation(
        "validate",
        f"{_HL7}/Resource-validate",
        "check a resource without storing it",
        {
            "system": _CHECK,
            "type": _CHECK,
            "instance": {**_CHECK, "GET": Offer(validate.answer, NOTHING)},
        },
    ),
    Operation(
        "meta",
        f"{_HL7}/Resource-meta",
        "profiles, tags and security labels",
        {"system": _META, "type": _META, "instance": _META, "version": _META},
    ),
    Operation(
        "meta-add",
        f"{_HL7}/Resource-meta-add",
        "add profiles, tags and security labels",
        {"instance": {"POST": Offer(meta.add, ANY, changes=True)}},
    ),
    Operation(
        "meta-delete",
        f"{_HL7}/Resource-meta-delete",
        "take away profiles, tags and security labels",
        {"instance": {"POST": Offer(meta.delete, ANY, changes=True)}},
    ),
    Operation(
        "everything",
        f"{_HL7}/Patient-everything",
        "all that is known about a patient, or about all",
        {"type": _EVERYTHING, "instance": _EVERYTHING},
        ("Patient",),
    ),
    Operation(
        "everything",
        f"{_HL7}/Encounter-everything",
        "all that is known about an encounter",
        {"instance": _EVERYTHING},
        ("Encounter",),
    ),
    Operation(
        "lastn",
        f"{_HL7}/Observation-lastn",
        "the last Observations of each code",
        {"type": _asked(lastn.answer)},
        ("Observation",),
    ),
    _terminology("ValueSet", "expand", expand.answer, "the codes of a value set", "type", "instance"),
    _terminology("ValueSet", "validate-code", validate_code.in_set, "is a code in it", "type", "instance"),
    _terminology("CodeSystem", "lookup", lookup.answer, "what is known of a code", "type"),
    _terminology("CodeSystem", "validate-code", validate_code.in_system, "is it a code of it", "type", "instance"),
    _terminology("CodeSystem", "subsumes", subsumes.answer, "is one code above the other", "type", "instance"),
    _terminology("ConceptMap", "translate", translate.answer, "a code in other terms", "type", "instance"),
    Operation("viewdefinition-run", "http://sql-on-fhir.org/OperationDefinition/$viewdefinition-run", "rows", {}),
)


def operation_routes() -> list[Route]:
    """Return the routes of all operations."""
    return [route for operation in OPERATIONS for route in operation.routes()]
