"""Define the profiles of R4's own data types, which other profiles name: SimpleQuantity and MoneyQuantity.

https://hl7.org/fhir/R4/datatypes.html#SimpleQuantity, https://hl7.org/fhir/R4/datatypes.html#MoneyQuantity
"""

from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate.profiles.registry import STRUCTURE


def _quantity(name: str, key: str, human: str, expression: str) -> Resource:
    rule = {"key": key, "severity": "error", "human": human, "expression": expression}
    return {
        "resourceType": "StructureDefinition",
        "url": STRUCTURE + name,
        "version": "4.0.1",
        "type": "Quantity",
        "derivation": "constraint",
        "baseDefinition": STRUCTURE + "Quantity",
        "differential": {"element": [{"id": "Quantity", "path": "Quantity", "constraint": [rule]}]},
    }


PROFILES = (
    _quantity("SimpleQuantity", "sqty-1", "The comparator is not used on a SimpleQuantity", "comparator.empty()"),
    _quantity(
        "MoneyQuantity",
        "mtqy-1",
        "There SHALL be a code if there is a value and it SHALL be an expression of currency. If system is present, it "
        'SHALL be ISO 4217 (system = "urn:iso:std:iso:4217").',
        "(code.exists() or value.empty()) and (system.empty() or system = 'urn:iso:std:iso:4217')",
    ),
)
