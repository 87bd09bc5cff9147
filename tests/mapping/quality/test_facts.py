"""What is known about LOINC codes."""

from decimal import Decimal

from gateway.fhir.ucum import unit
from gateway.mapping.quality.facts import facts, substances


def test_a_code_has_its_unit_limits_and_category() -> None:
    systolic = facts()["8480-6"]
    assert (systolic.unit, systolic.category) == ("mm[Hg]", "vital-signs")
    assert systolic.least is not None and systolic.most is not None and systolic.least < 120 < systolic.most


def test_a_substance_has_the_mass_by_which_units_are_converted() -> None:
    glucose = substances()["glucose"]
    assert glucose.mass is not None and abs(glucose.mass - Decimal("180.156")) < Decimal("0.01")
    assert (glucose.mass_unit, glucose.molar_unit) == ("mg/dL", "mmol/L")


def test_every_unit_is_ucum_and_every_substance_is_in_its_table() -> None:
    assert all(fact.unit is None or unit(fact.unit) is not None for fact in facts().values())
    assert {fact.substance for fact in facts().values() if fact.substance} <= substances().keys()


def test_limits_are_in_order() -> None:
    for fact in facts().values():
        judging = (fact.critical_low, fact.low, fact.high, fact.critical_high)
        ends = [fact.least, *(limit.number if limit else None for limit in judging), fact.most]
        known = [end for end in ends if end is not None]
        assert known == sorted(known), fact.code
