"""The category of an observation, as sent or, where none of HL7's was sent, from its code."""

from typing import Any

from gateway.mapping.quality.measure import Observed

SYSTEM = "http://terminology.hl7.org/CodeSystem/observation-category"
SYSTEMS = frozenset(
    {SYSTEM, "http://hl7.org/fhir/observation-category", "https://terminology.hl7.org/CodeSystem/observation-category"}
)
CATEGORIES = frozenset(
    {
        "social-history",
        "vital-signs",
        "imaging",
        "laboratory",
        "procedure",
        "survey",
        "exam",
        "therapy",
        "activity",
    }
)
"""https://terminology.hl7.org/CodeSystem-observation-category.html"""


def category(of: Observed) -> dict[str, Any] | None:
    """`{codes}` as sent, or `{codes, inferred: true}` with the one that follows from the code."""
    sent = _sent(of.node.get("category"))
    if sent:
        return {"codes": sent}
    found = of.code
    if found is None or found.fact is None or found.fact.category is None:
        return None
    return {"codes": [found.fact.category], "inferred": True}


def _sent(concepts: Any) -> list[str]:
    if concepts.__class__ is dict:  # one category where a list is due is an everyday slip
        concepts = [concepts]
    if concepts.__class__ is not list:
        return []
    found: list[str] = []
    for concept in concepts:
        codings = concept.get("coding") if concept.__class__ is dict else None
        for coding in codings if codings.__class__ is list else ():
            if coding.__class__ is dict:
                code, system = coding.get("code"), coding.get("system")
                if code.__class__ is str and code in CATEGORIES and (system is None or str(system) in SYSTEMS):
                    found.append(code)
    return found if len(found) < 2 else sorted(set(found))
