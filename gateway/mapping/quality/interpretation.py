"""Read the sender's own judgment of a result: https://hl7.org/fhir/R4/valueset-observation-interpretation.html"""

from typing import Any

# https://terminology.hl7.org/CodeSystem-v3-ObservationInterpretation.html (and the v2 table 0078 it comes from).
# HU and LU, "significantly" high and low, are beyond the range but not critical to HL7.
INTERPRETATIONS = {
    "N": "normal",
    "L": "low",
    "H": "high",
    "LU": "low",
    "HU": "high",
    "LL": "critical-low",
    "HH": "critical-high",
}
INTERPRETATION_SYSTEMS = frozenset(
    {
        None,
        "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
        "https://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
        "http://hl7.org/fhir/v3/ObservationInterpretation",
        "http://terminology.hl7.org/CodeSystem/v2-0078",
        "http://hl7.org/fhir/v2/0078",
        "urn:oid:2.16.840.1.113883.5.83",
        "urn:oid:2.16.840.1.113883.12.78",
    }
)
"""Systems in which an H means high. In any other system it may mean anything: hemolyzed, held."""


def interpreted(node: dict[str, Any]) -> str | None:
    """Return the level that `node.interpretation` gives, None unless it gives exactly one."""
    concepts = node.get("interpretation")
    if concepts.__class__ is not list:
        return None
    levels = set()
    for concept in concepts:
        codings = concept.get("coding") if concept.__class__ is dict else None
        for coding in codings if codings.__class__ is list else ():
            code, system = (coding.get("code"), coding.get("system")) if coding.__class__ is dict else (None, None)
            if code.__class__ is str and code in INTERPRETATIONS and _is_interpretation(system):
                levels.add(INTERPRETATIONS[code])
    return levels.pop() if len(levels) == 1 else None


def _is_interpretation(system: Any) -> bool:
    return (system is None or system.__class__ is str) and system in INTERPRETATION_SYSTEMS
