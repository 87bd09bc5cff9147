"""Our units against UCUM's own table of them (ucum-essence.xml) and its list of units in common use.

Both are read from the package ucumvert, which is installed for tests only; nothing of them is in this repository.
"""

import csv
import xml.etree.ElementTree as ElementTree
from fractions import Fraction
from importlib.resources import files
from typing import Any

import pytest

from gateway.fhir.ucum import unit

VENDOR = files(pytest.importorskip("ucumvert")) / "vendor"
SPACE = {"u": "http://unitsofmeasure.org/ucum-essence"}
ESSENCE = ElementTree.fromstring(VENDOR.joinpath("ucum-essence.xml").read_bytes())
UNITS = {node.get("Code", ""): node for node in ESSENCE.findall("u:unit", SPACE)}
EXAMPLES = [
    row[1]
    for row in csv.reader(VENDOR.joinpath("ucum_examples.tsv").read_text("utf-8").splitlines()[1:], delimiter="\t")
]

NO_PROPORTION = {
    "[p'diop]",
    "%[slope]",
    "[hp'_X]",
    "[hp'_C]",
    "[hp'_M]",
    "[hp'_Q]",
    "[m/s2/Hz^(1/2)]",
    "bit_s",
}
"""Special units that cannot be converted by a factor; the gateway keeps them as sent and says so."""

OWN = {"[hnsf'U]", "[NTU]", "[FNU]"}
"""Plain ones in UCUM; here a base of their own, so that turbidity is no share and no score."""

PROPORTIONS = sorted(code for code, node in UNITS.items() if not node.get("isSpecial") and not node.get("isArbitrary"))


def test_every_unit_of_ucum_is_known_but_those_that_are_no_proportion() -> None:
    assert {code for code in UNITS if unit(code) is None} == NO_PROPORTION


@pytest.mark.parametrize("code", [code for code in PROPORTIONS if code not in OWN])
def test_a_unit_is_worth_what_ucum_says(code: str) -> None:
    value: Any = UNITS[code].find("u:value", SPACE)
    own, defined = unit(code), unit(value.get("Unit"))
    assert own is not None and defined is not None
    assert own.dimension == defined.dimension
    assert abs(own.factor / (defined.factor * Fraction(value.get("value"))) - 1) < Fraction(1, 10**12)


@pytest.mark.parametrize("code", PROPORTIONS)
def test_the_units_that_take_prefixes_are_those_of_ucum(code: str) -> None:
    assert (unit("k" + code) is not None) == (UNITS[code].get("isMetric") == "yes")


@pytest.mark.parametrize("code", [code for code in EXAMPLES if code not in ("Torr", "dB")])
def test_a_unit_in_common_use_is_known(code: str) -> None:
    """The list has two that are not: Torr is no unit of UCUM, the bel no proportion."""
    assert unit(code) is not None
