"""The internal documents as mongomotor classes: what application developers read.

    from gateway.store.documents import ObservationDocument, PatientDocument

    patient = await PatientDocument.objects(identifier_keys="urn:oid:1.2.36|8003608166690503").first()
    pressures = ObservationDocument.objects(patient_id=patient.id, component_keys="http://loinc.org|8480-6")
    async for observation in pressures.order_by("-effective.start"): ...

`Q` combines conditions: `ObservationDocument.objects(Q(status="final") | Q(status="amended"))`.

There is a class for every resource type that has a mapping: its name and `Document`, its fields those of the mapping.
The mappings are those of the store that is open, else those of the folder GATEWAY_MAPPINGS, else those shipped;
docs/reference/mapping-language.md tells what each type holds.

The gateway writes the documents, in the transaction that writes the FHIR resource; whoever reads them here leaves them
alone. They are dynamic, so that a field added to a mapping can be read by a class made before (what is added to a part
cannot). Connecting is for whoever imports this module: the classes use mongomotor's default connection.
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
from gateway.store.documents.parts import Part, camel, field

__all__ = ["InternalDocument", "Q"]  # and the names that __getattr__ makes

_SUFFIX = "Document"

_in_use: list[Mappings] = []
_made: dict[tuple[str, str], type["InternalDocument"]] = {}


class Version(Part):
    """The version of the FHIR resource that the document reflects, and the stamp of the mapping that made it."""

    type = StringField()
    version = IntField()
    updated = DateTimeField()
    origin = StringField()
    mapping = StringField()


class Unmapped(Part):
    """What the mapping could not read; the FHIR resource still has it."""

    field = StringField()
    path = StringField()
    reason = StringField()


class Finding(EmbeddedDocument):  # type: ignore[misc]
    """What was found wanting; `before` and `after` are of any kind."""

    meta: ClassVar[dict[str, Any]] = {"strict": False}

    rule = StringField()
    path = StringField()
    before = DynamicField()
    after = DynamicField()


class InternalDocument(DynamicDocument):  # type: ignore[misc]
    """What all internal documents have in common. `id` is the id of the FHIR resource."""

    meta: ClassVar[dict[str, Any]] = {"abstract": True, "auto_create_index": False}

    id = StringField(primary_key=True)
    fhir = EmbeddedDocumentField(Version)
    unmapped = ListOf(Unmapped)
    quality = ListOf(Finding)


_METACLASS: Any = type(InternalDocument)


def of(mapping: Mapping | ViewMapping) -> type[InternalDocument]:
    """The class of a mapping's documents; the columns of a view are read without being declared."""
    key = mapping.file, mapping.stamp
    if key not in _made:
        fields = mapping.record.fields if isinstance(mapping, Mapping) else ()
        owner = mapping.resource if isinstance(mapping, Mapping) else camel(mapping.collection)
        declared = {one.name: field(owner + camel(one.name), one.lens, one.many or one.lens.several) for one in fields}
        meta = {"collection": mapping.collection}
        attributes = {"__module__": __name__, "meta": meta, **declared}
        _made[key] = _METACLASS(owner + _SUFFIX, (InternalDocument,), attributes)
    return _made[key]


def use(mappings: Mappings | None) -> None:
    """Names mean the documents of these from now on."""
    _in_use[:] = [mappings] if mappings else []


def made() -> Iterable[type[InternalDocument]]:
    return _made.values()


@cache
def _configured() -> Mappings:
    return Mappings.load(Path(os.environ.get("GATEWAY_MAPPINGS") or shipped.mappings()))


def __getattr__(name: str) -> type[InternalDocument]:
    if name.endswith(_SUFFIX) and not name.startswith("_"):
        mappings = _in_use[0] if _in_use else _configured()
        if mapping := mappings.by_type.get(name.removesuffix(_SUFFIX)):
            return of(mapping)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
