"""The way back of one resource: what its document makes of it, and what the document makes alone."""

from dataclasses import dataclass

from gateway.errors import GatewayError, Issue
from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate import validate
from gateway.mapping.mapping import Mapping
from gateway.mapping.proofs.golden import MISSING, differences
from gateway.mapping.proofs.laws import writable
from gateway.mapping.values.edits import plain


@dataclass(frozen=True, slots=True)
class Back:
    """`unchanged`: with the resource it came from the document gives that resource, byte for byte; `refused` says why
    it gives none. `alone` is what the document makes without it, `issues` what validation says of that, and `missing`
    the elements that only the resource has, for no rule carries them."""

    unchanged: bool
    refused: str
    alone: Resource | None
    issues: tuple[Issue, ...] = ()
    missing: tuple[str, ...] = ()


def back(mapping: Mapping, resource: Resource) -> Back:
    """Map `resource` there and back; nothing is edited."""
    document = plain(mapping.get(resource).document)
    try:
        unchanged, refused = fhir_json.dump(mapping.put(document, resource)) == fhir_json.dump(resource), ""
    except GatewayError as error:
        unchanged, refused = False, error.text
    kept = {"_id": document.get("_id")} | writable(mapping.record.fields, document)
    try:
        alone = mapping.put(kept, None)
    except GatewayError as error:
        return Back(unchanged, refused or error.text, None)
    missing = [difference.field for difference in differences(resource, alone) if difference.got is MISSING]
    return Back(unchanged, refused, alone, tuple(validate(alone)), tuple(missing))
