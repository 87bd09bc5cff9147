"""Read the internal documents as mongomotor classes: the interface for application developers.

    from gateway.store.documents import ObservationDocument, PatientDocument

    patient = await PatientDocument.objects(identifier_keys="urn:oid:1.2.36|8003608166690503").first()
    pressures = ObservationDocument.objects(patient_id=patient.id, component_keys="http://loinc.org|8480-6")
    async for observation in pressures.order_by("-effective.start"): ...

`Q` combines conditions: `ObservationDocument.objects(Q(status="final") | Q(status="amended"))`.

Every resource type that has a mapping has a class: its name is that of the type with `Document` behind it, and its
fields are those of the mapping. The mappings are those of the open store, else those of the folder GATEWAY_MAPPINGS,
else those that are shipped.

Only the gateway writes the documents, in the transaction that writes the FHIR resource: never save or delete them here.
The classes are dynamic, so a field that is added to a mapping later can be read by a class that was made before; a
field that is added to a part cannot. The importing program connects: the classes use mongomotor's default connection.
"""

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from mongoengine.queryset.visitor import Q
from mongomotor import DynamicDocument, EmbeddedDocument
from mongomotor.fields import DateTimeField, DynamicField, EmbeddedDocumentField, IntField, StringField
from mongomotor.fields import EmbeddedDocumentListField as ListOf

from gateway import shipped
from gateway.mapping import Mapping, Mappings
from gateway.mapping.definition.view_definition import ViewMapping
from gateway.store.documents.parts import DocumentPart, camel, field

__all__ = ["InternalDocument", "Q"]  # and the names that __getattr__ makes

_SUFFIX = "Document"

_in_use: list[Mappings] = []
_classes: dict[tuple[str, str], type["InternalDocument"]] = {}


class DocumentVersion(DocumentPart):
    """The version of the FHIR resource that the document reflects, and the stamp of the mapping that made it."""

    type = StringField()
    version = IntField()
    updated = DateTimeField()
    origin = StringField()
    mapping = StringField()


class UnmappedField(DocumentPart):
    """A field that the mapping could not read. The FHIR resource still has it."""

    field = StringField()
    path = StringField()
    reason = StringField()


class DocumentFinding(EmbeddedDocument):  # type: ignore[misc]
    """A finding: a rule of quality that the data break. `before` and `after` may have any type."""

    meta: ClassVar[dict[str, Any]] = {"strict": False}

    rule = StringField()
    path = StringField()
    before = DynamicField()
    after = DynamicField()


class InternalDocument(DynamicDocument):  # type: ignore[misc]
    """The base of all internal documents. `id` is the id of the FHIR resource."""

    meta: ClassVar[dict[str, Any]] = {"abstract": True, "auto_create_index": False}

    id = StringField(primary_key=True)
    fhir = EmbeddedDocumentField(DocumentVersion)
    unmapped = ListOf(UnmappedField)
    quality = ListOf(DocumentFinding)


_METACLASS: Any = type(InternalDocument)


def of(mapping: Mapping | ViewMapping) -> type[InternalDocument]:
    """Return the class of a mapping's documents. The columns of a view can be read without being declared."""
    key = mapping.file, mapping.stamp
    if key not in _classes:
        fields = mapping.record.fields if isinstance(mapping, Mapping) else ()
        owner = mapping.resource if isinstance(mapping, Mapping) else camel(mapping.collection)
        declared = {
            of_mapping.name: field(
                owner + camel(of_mapping.name), of_mapping.lens, many=of_mapping.many or of_mapping.lens.several
            )
            for of_mapping in fields
        }
        meta = {"collection": mapping.collection}
        attributes = {"__module__": __name__, "meta": meta, **declared}
        _classes[key] = _METACLASS(owner + _SUFFIX, (InternalDocument,), attributes)
    return _classes[key]


def use(mappings: Mappings | None) -> None:
    """Let names mean the documents of `mappings` from now on; None means those of the configured folder."""
    _in_use[:] = [mappings] if mappings else []


def classes() -> Iterable[type[InternalDocument]]:
    """Return all classes that were made so far."""
    return _classes.values()


@cache
def _configured() -> Mappings:
    return Mappings.load(Path(os.environ.get("GATEWAY_MAPPINGS") or shipped.mappings()))


def __getattr__(name: str) -> type[InternalDocument]:
    if name.endswith(_SUFFIX) and not name.startswith("_"):
        mappings = _in_use[0] if _in_use else _configured()
        if mapping := mappings.by_type.get(name.removesuffix(_SUFFIX)):
            return of(mapping)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
