"""Profiles as small as they can be, in the shapes of US Core: one way to ask something each."""

from typing import Any

from gateway.fhir.fhir_json import Resource

EXAMPLE = "http://example.org/StructureDefinition/"
CATEGORIES = "http://terminology.hl7.org/CodeSystem/observation-category"
LOINC = "http://loinc.org"


def profile(
    name: str, type_: str, *elements: dict[str, Any], base: str = "", view: str = "differential", **more: Any
) -> Resource:
    return {
        "resourceType": "StructureDefinition",
        "url": EXAMPLE + name,
        "type": type_,
        "derivation": "constraint",
        "baseDefinition": base or f"http://hl7.org/fhir/StructureDefinition/{type_}",
        view: {"element": [{"id": type_, "path": type_}, *elements]},
        **more,
    }


def element(id_: str, **asked: Any) -> dict[str, Any]:
    path = ".".join(step.partition(":")[0] for step in id_.split("."))
    name = id_.rpartition(".")[2].partition(":")[2]
    return {"id": id_, "path": path, **({"sliceName": name} if name else {}), **asked}


def by(kind: str, path: str, rules: str = "open", **more: Any) -> dict[str, Any]:
    return {"discriminator": [{"type": kind, "path": path}], "rules": rules, **more}


def coded(code: str, system: str = LOINC) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


ORGANIZATION = "http://hl7.org/fhir/StructureDefinition/Organization"
MARITAL = {"strength": "required", "valueSet": EXAMPLE + "marital|1"}
DEFINITIONS = [
    profile("needs", "Patient", element("Patient.identifier", min=1, max="2"), element("Patient.photo", max="0"),
            element("Patient.identifier.system", min=1), element("Patient.birthDate", min=1, mustSupport=True)),
    profile("fixed", "Observation", element("Observation.status", fixedCode="final"),
            element("Observation.code", patternCodeableConcept=coded("1-8"))),
    profile("narrow", "Observation", element("Observation.value[x]", type=[{"code": "Quantity"}]),
            element("Observation.subject", type=[{"code": "Reference", "targetProfile": [EXAMPLE + "needs"]}])),
    profile("short", "Observation", element("Observation.valueQuantity.code", fixedCode="mm[Hg]")),
    profile("vital", "Observation",
            element("Observation.category", slicing={"discriminator": [{"type": "value", "path": "coding.code"},
                    {"type": "value", "path": "coding.system"}], "rules": "open"}, min=1),
            element("Observation.category:VSCat", min=1, max="1"),
            element("Observation.category:VSCat.coding.system", min=1, fixedUri=CATEGORIES),
            element("Observation.category:VSCat.coding.code", min=1, fixedCode="vital-signs")),
    profile("pressure", "Observation", element("Observation.component", slicing=by("pattern", "code"), min=2),
            element("Observation.component:systolic", min=1, max="1"),
            element("Observation.component:systolic.code", patternCodeableConcept=coded("8480-6")),
            element("Observation.component:systolic.value[x]", min=1, type=[{"code": "Quantity"}]),
            element("Observation.component:diastolic", min=1, max="1"),
            element("Observation.component:diastolic.code", patternCodeableConcept=coded("8462-4")),
            base=EXAMPLE + "vital"),
    profile("closed", "Patient", element("Patient.telecom", slicing=by("value", "system", "closed", ordered=True)),
            element("Patient.telecom:phone", max="1"), element("Patient.telecom:phone.system", fixedCode="phone"),
            element("Patient.telecom:mail"), element("Patient.telecom:mail.system", fixedCode="email")),
    profile("at-end", "Patient", element("Patient.name", slicing=by("exists", "period", "openAtEnd")),
            element("Patient.name:now", max="1"), element("Patient.name:now.period", max="0")),
    profile("by-type", "Observation", element("Observation.value[x]", slicing=by("type", "$this", "closed")),
            element("Observation.value[x]:valueQuantity", type=[{"code": "Quantity"}]),
            element("Observation.value[x]:valueQuantity.unit", min=1)),
    profile("resolved", "Observation", element("Observation.performer", slicing=by("type", "resolve()")),
            element("Observation.performer:org", min=1, max="1",
                    type=[{"code": "Reference", "targetProfile": [ORGANIZATION]}])),
    profile("race", "Extension", element("Extension.url", fixedUri=EXAMPLE + "race"),
            element("Extension.extension", min=1), element("Extension.extension:text", min=1, max="1"),
            element("Extension.extension:text.url", fixedUri="text"),
            element("Extension.extension:text.value[x]", min=1, type=[{"code": "string"}]),
            element("Extension.value[x]", max="0"),
            context=[{"type": "element", "expression": "Patient"}, {"type": "extension", "expression": "urn:outer"},
                     {"type": "element", "expression": "HumanName.family"}]),
    profile("raced", "Patient", element("Patient.extension", slicing=by("value", "url")),
            element("Patient.extension:race", min=1, max="1",
                    type=[{"code": "Extension", "profile": [EXAMPLE + "race"]}])),
    profile("document", "Bundle", element("Bundle.entry", slicing=by("type", "resource")),
            element("Bundle.entry:patient", min=1), element("Bundle.entry:patient.resource", min=1,
                    type=[{"code": "Patient", "profile": [EXAMPLE + "ruled"]}])),
    profile("package", "Bundle", element("Bundle.entry", slicing=by("profile", "resource", "closed")),
            element("Bundle.entry:ruled.resource", type=[{"code": "Patient", "profile": [EXAMPLE + "ruled"]}])),
    profile("unheard-codes", "Observation", element("Observation.category", slicing=by("value", "$this", "closed")),
            element("Observation.category:one", min=1, binding={"strength": "required", "valueSet": EXAMPLE + "no"})),
    profile("numbered", "Patient", element("Patient.identifier", slicing=by("pattern", "$this")),
            element("Patient.identifier:mrn", patternIdentifier={"system": "urn:mrn"}),
            element("Patient.identifier:mrn.value", min=1)),
    profile("about-needy", "Observation", element("Observation.performer", slicing=by("type", "resolve()", "closed")),
            element("Observation.performer:needy",
                    type=[{"code": "Reference", "targetProfile": [EXAMPLE + "needs"]}])),
    profile("marked", "Patient", element("Patient.contact", slicing=by("value", "extension('urn:mark').value")),
            element("Patient.contact:red", min=1),
            element("Patient.contact:red.extension:mark.url", fixedUri="urn:mark"),
            element("Patient.contact:red.extension:mark.value[x]", fixedCode="red"),
            element("Patient.contact:red.name", min=1)),
    profile("bound", "Patient", element("Patient.maritalStatus", binding=MARITAL),
            element("Patient.communication.language", binding={"strength": "required", "valueSet": EXAMPLE + "no"})),
    profile("ruled", "Patient", element("Patient.name", constraint=[
            {"key": "ex-1", "severity": "error", "human": "a family name", "expression": "family.exists()"},
            {"key": "ex-2", "severity": "warning", "human": "a given name", "expression": "given.exists()"}])),
    {"resourceType": "ValueSet", "url": EXAMPLE + "marital", "version": "1", "status": "active",
     "compose": {"include": [{"system": EXAMPLE + "status"}],
                 "exclude": [{"system": EXAMPLE + "status", "concept": [{"code": "U"}]}]}},
    {"resourceType": "CodeSystem", "url": EXAMPLE + "status", "status": "active", "content": "complete",
     "concept": [{"code": "M"}, {"code": "S", "concept": [{"code": "U"}]}]},
]  # fmt: skip
