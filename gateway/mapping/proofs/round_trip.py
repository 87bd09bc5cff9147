"""Map one resource to its document and back: with the resource it came from, and alone."""

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
class RoundTrip:
    """The resource that a document gives when it is mapped back without any edit.

    unchanged: whether, with the resource it came from, it gives that resource byte for byte.
    refused: why it cannot be mapped back; empty if it can.
    alone: the resource that the document gives without the one it came from.
    issues: what validation finds in `alone`.
    missing: the elements that only the original has, because no rule writes them.
    """

    unchanged: bool
    refused: str
    alone: Resource | None
    issues: tuple[Issue, ...] = ()
    missing: tuple[str, ...] = ()


def round_trip(mapping: Mapping, resource: Resource) -> RoundTrip:
    """Map `resource` to its document and back without an edit."""
    document = plain(mapping.get(resource).document)
    try:
        unchanged, refused = fhir_json.dump(mapping.put(document, resource)) == fhir_json.dump(resource), ""
    except GatewayError as error:
        unchanged, refused = False, error.text
    kept = {"_id": document.get("_id")} | writable(mapping.record.fields, document)
    try:
        alone = mapping.put(kept, None)
    except GatewayError as error:
        return RoundTrip(unchanged, refused or error.text, None)
    missing = [difference.field for difference in differences(resource, alone) if difference.got is MISSING]
    return RoundTrip(unchanged, refused, alone, tuple(validate(alone)), tuple(missing))
