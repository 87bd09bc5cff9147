"""The internal documents as mongomotor classes: what application developers read.

    from gateway.store.documents import ObservationDocument, PatientDocument

    patient = await PatientDocument.objects(identifier_keys="urn:oid:1.2.36|8003608166690503").first()
    pressures = ObservationDocument.objects(patient_id=patient.id, component_keys="http://loinc.org|8480-6")
    async for observation in pressures.order_by("-effective.start"): ...

The fields are those of mappings/patient.yaml and mappings/observation.yaml; docs/mapping.md tells what each type holds.
The gateway writes the documents, in the transaction that writes the FHIR resource; whoever reads them here leaves them
alone. They are dynamic, so that a field added to a mapping can be read before this file names it (what is added to a
part waits until parts.py does). Connecting is for whoever imports this module: the classes use mongomotor's default
connection.
"""

from typing import Any, ClassVar

from mongomotor import DynamicDocument
from mongomotor.fields import BooleanField, DateTimeField, IntField, StringField

from gateway.store.judged import Category, Finding, Fingerprint, Label, Measured, Phone, Place, Preferred
from gateway.store.parts import (
    Address,
    Concept,
    Contact,
    Identifier,
    Moment,
    Name,
    Note,
    Part,
    Period,
    Quantity,
    Range,
    Reference,
    Value,
    When,
    many,
    one,
    texts,
)

# --- parts that one resource type has


class Language(Part):
    language = one(Concept)
    preferred = BooleanField()


class ContactPerson(Part):
    relationships = many(Concept)
    name = one(Name)
    contacts = many(Contact)
    address = one(Address)
    sex = StringField()
    organization = one(Reference)
    period = one(Period)


class Link(Part):
    kind = StringField()
    other = one(Reference)


class ReferenceRange(Part):
    low = one(Quantity)
    high = one(Quantity)
    type = one(Concept)
    applies_to = many(Concept)
    age = one(Range)
    text = StringField()


class Component(Part):
    code = one(Concept)
    code_keys = texts()
    preferred = one(Preferred)
    measured = one(Measured)
    label = one(Label)
    value = one(Value)
    absent_reason = one(Concept)
    interpretation = many(Concept)
    reference_ranges = many(ReferenceRange)


# --- the documents


class Version(Part):
    """The version of the FHIR resource that the document reflects."""

    type = StringField()
    version = IntField()
    updated = DateTimeField()


class Unmapped(Part):
    """What the mapping could not read; the FHIR resource still has it."""

    field = StringField()
    path = StringField()
    reason = StringField()


class InternalDocument(DynamicDocument):  # type: ignore[misc]
    """What all internal documents have in common. `id` is the id of the FHIR resource."""

    meta: ClassVar[dict[str, Any]] = {"abstract": True, "auto_create_index": False}

    id = StringField(primary_key=True)
    fhir = one(Version)
    unmapped = many(Unmapped)
    quality = many(Finding)
    identifiers = many(Identifier)
    identifier_keys = texts()
    source = StringField()
    profiles = texts()
    tags = texts()
    labels = texts()


class PatientDocument(InternalDocument):
    meta: ClassVar[dict[str, Any]] = {
        "collection": "patients",
        "indexes": [
            "identifier_keys",
            ("names.family", "birth_date"),
            ("birth_date", "sex"),
            "contacts.value",
            "display_name",
        ],
    }

    display_name = StringField()
    names = many(Name)
    sex = StringField()
    birth_date = StringField()
    birth_precision = StringField()
    birth_start = DateTimeField()
    birth_end = DateTimeField()
    birth_absent_reason = StringField()
    deceased = BooleanField()
    deceased_at = one(Moment)
    medical_record_numbers = texts()
    contacts = many(Contact)
    addresses = many(Address)
    name_keys = texts()
    phones = many(Phone)
    address_keys = many(Place)
    is_test = BooleanField()
    suspect_dates = texts()
    active = BooleanField()
    marital_status = one(Concept)
    multiple_birth = BooleanField()
    birth_order = IntField()
    languages = many(Language)
    contact_persons = many(ContactPerson)
    general_practitioners = many(Reference)
    managing_organization = one(Reference)
    links = many(Link)


class ObservationDocument(InternalDocument):
    meta: ClassVar[dict[str, Any]] = {
        "collection": "observations",
        "indexes": [
            ("patient_id", "-effective.start", "id"),  # with the id pages of equal times keep their order
            ("patient_id", "code_keys", "-effective.start", "id"),
            ("code_keys", "-effective.start"),
            {  # few observations have components, none of the others should pay for them
                "fields": ("patient_id", "component_keys", "-effective.start", "id"),
                "partialFilterExpression": {"component_keys": {"$exists": True}},
            },
            {"fields": ("encounter_id",), "sparse": True},
            {"fields": ("identifier_keys",), "sparse": True},
        ],
    }

    patient_id = StringField()
    encounter_id = StringField()
    subject = one(Reference)
    encounter = one(Reference)
    focus = many(Reference)
    status = StringField()
    code = one(Concept)
    code_keys = texts()
    categories = many(Concept)
    category_keys = texts()
    preferred = one(Preferred)
    measured = one(Measured)
    label = one(Label)
    category = one(Category)
    fingerprint = one(Fingerprint)
    suspect_dates = texts()
    effective = one(When)
    issued = one(Moment)
    value = one(Value)
    absent_reason = one(Concept)
    interpretation = many(Concept)
    reference_ranges = many(ReferenceRange)
    components = many(Component)
    component_keys = texts()
    method = one(Concept)
    body_site = one(Concept)
    device = one(Reference)
    specimen = one(Reference)
    performers = many(Reference)
    notes = many(Note)
    based_on = many(Reference)
    part_of = many(Reference)
    members = many(Reference)
    derived_from = many(Reference)


DOCUMENTS: tuple[type[InternalDocument], ...] = (PatientDocument, ObservationDocument)
