"""Find the categories of an observation: those that were sent, else the one that follows from its code."""

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


def category(observation: Observed) -> dict[str, Any] | None:
    """Return `{codes}` as sent, else `{codes, inferred: true}` from the code, None if the code tells none.

    Only codes of HL7's own code system count as sent.
    """
    sent = _sent(observation.node.get("category"))
    if sent:
        return {"codes": sent}
    code = observation.code
    if code is None or code.fact is None or code.fact.category is None:
        return None
    return {"codes": [code.fact.category], "inferred": True}


def _sent(concepts: Any) -> list[str]:
    if concepts.__class__ is dict:  # a single category in place of a list is a common mistake
        concepts = [concepts]
    if concepts.__class__ is not list:
        return []
    codes: list[str] = []
    for concept in concepts:
        codings = concept.get("coding") if concept.__class__ is dict else None
        for coding in codings if codings.__class__ is list else ():
            if coding.__class__ is dict:
                code, system = coding.get("code"), coding.get("system")
                if code.__class__ is str and code in CATEGORIES and (system is None or str(system) in SYSTEMS):
                    codes.append(code)
    return codes if len(codes) < 2 else sorted(set(codes))
