"""The tables of facts hold together, and the page about them says the same."""

import importlib.util
import re
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.fhir.loinc import is_code
from gateway.fhir.ucum import unit
from gateway.mapping.quality import units
from gateway.mapping.quality.category import CATEGORIES
from gateway.mapping.quality.facts import facts, substances
from gateway.mapping.quality.limits import limit, sources
from gateway.mapping.quality.rules import RULES
from gateway.mapping.quality.scale import other
from gateway.mapping.quality.tables import rows
from gateway.mapping.quality.text import NAMES, PLACEHOLDERS
from gateway.mapping.quality.units import amount, read
from gateway.risk import inputs

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "reference" / "findings.md").read_text("utf-8")
SHARED = ROOT.parent / "shared"


@pytest.mark.parametrize("table", ["loinc.csv", "seen.csv"])
def test_every_loinc_code_passes_its_check_digit_and_stands_once(table: str) -> None:
    codes = [row["code"] for row in rows(table)]
    assert len(codes) == len(set(codes)) > 50
    assert [code for code in codes if not is_code(code)] == []


@pytest.mark.parametrize("code", ["2160-1", "2160", "2160-", "21600-0", "-0", "2160-00", "²-4", "LA6-8"])
def test_what_only_looks_like_loinc_is_none(code: str) -> None:
    assert is_code("2160-0") and not is_code(code)


ORDER = ("least", "critical_low", "low", "high", "critical_high", "most")
ATOMS = {  # IUPAC, abridged standard atomic weights, 2021 (https://iupac.qmul.ac.uk/AtWt/)
    "H": "1.008",
    "C": "12.011",
    "N": "14.007",
    "O": "15.999",
    "Mg": "24.305",
    "P": "30.974",
    "Ca": "40.078",
    "Fe": "55.845",
    "Co": "58.933",
    "I": "126.90",
}


@pytest.mark.parametrize("row", [*rows("loinc.csv")], ids=lambda row: row["code"])
def test_a_fact_is_in_order(row: dict[str, str]) -> None:
    """Limits lie within one another, and the unit is UCUM."""
    ends = [end.number for name in ORDER if (end := limit(row[name], name)) is not None]
    assert ends == sorted(ends)
    assert row["unit"] == "" or unit(row["unit"]) is not None
    assert row["unit"] != "" or not ends
    assert row["category"] in CATEGORIES
    assert row["substance"] in ("", *substances())


def test_no_value_can_be_low_and_high() -> None:
    for fact in facts().values():
        assert fact.low is None or fact.high is None or fact.low.edge < fact.high.edge, fact.code


@pytest.mark.parametrize("row", [*rows("substances.csv")], ids=lambda row: row["substance"])
def test_a_molar_mass_is_that_of_the_formula(row: dict[str, str]) -> None:
    if not row["grams_per_mole"]:
        return
    parts = re.findall(r"([A-Z][a-z]?)(\d*)", row["formula"])
    mass = sum((Decimal(ATOMS[atom]) * int(count or 1) for atom, count in parts), Decimal(0))
    assert abs(Decimal(row["grams_per_mole"]) / mass - 1) < Decimal("0.00005")


def test_codes_in_moles_and_in_mass_have_the_units_their_names_say() -> None:
    for row in rows("loinc.csv"):
        if "(molar)" in row["name"]:
            assert amount(row["unit"]) == "mol", row["code"]
        if "(mass)" in row["name"]:
            assert amount(row["unit"]) == "" and "g/" in row["unit"], row["code"]


def test_ranges_in_moles_are_those_in_mass() -> None:
    """The same substance, converted: a slip in a column or a molar mass would show."""
    for mass, molar in (
        ("2160-0", "14682-9"),
        ("2093-3", "14647-2"),
        ("1975-2", "14631-6"),
        ("3094-0", "14937-7"),
        ("17861-6", "2000-8"),
        ("19123-9", "2601-3"),
        ("3084-1", "14933-6"),
        ("2777-1", "14879-1"),
        ("1558-6", "14771-0"),
        ("2571-8", "14927-8"),
        ("3024-7", "14920-3"),
    ):
        way = other(mass)
        assert way is not None and way.unit == facts()[molar].unit
        for name in ("low", "high", "critical_low", "critical_high"):
            here, there = getattr(facts()[mass], name), getattr(facts()[molar], name)
            assert (here is None) == (there is None), (mass, name)
            if here is not None:
                assert abs(way.of(here.number) / there.number - 1) < Decimal("0.05"), (mass, name)
                assert here.sign == there.sign


@pytest.mark.parametrize("row", [*rows("units.csv")], ids=lambda row: row["spelling"])
def test_a_spelling_stands_for_a_unit_and_is_read_as_that(row: dict[str, str]) -> None:
    assert unit(row["ucum"]) is not None
    wanted = {"temperature": "Cel", "count": "10*3/uL"}.get(row["of"], row["ucum"])
    found = read(None, None, row["spelling"], wanted)
    assert found.derived and found.code is not None
    assert unit(found.code) == unit(row["ucum"])


def test_seen_units_are_what_the_generator_makes_of_the_corpus(tmp_path: Path) -> None:
    if not (SHARED / "corpus").is_dir():
        pytest.skip("the corpus is not beside the checkout")
    spec = importlib.util.spec_from_file_location("generate_units", ROOT / "tools" / "generate_units.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.generate(SHARED / "corpus", tmp_path / "seen.csv")
    committed = ROOT / "gateway" / "mapping" / "quality" / "seen.csv"
    assert (tmp_path / "seen.csv").read_text("utf-8") == committed.read_text("utf-8")


def test_limits_that_are_said_to_be_those_of_the_risk_scores_are() -> None:
    """What the scores refuse must not count as plausible, and the other way."""
    taken = 0
    for entry in vars(inputs).values():
        if not isinstance(entry, inputs.Input):
            continue
        for (_, code), reader in entry.readers.items():
            measure = next((part for part in getattr(reader, "args", ()) if isinstance(part, inputs.Measure)), None)
            row = next((row for row in rows("loinc.csv") if row["code"] == code), None)
            if measure is None or row is None:
                continue
            assert units.ratio(measure.unit, row["unit"]) in (1, None), code
            for name, number in (("least", measure.low), ("most", measure.high)):
                if row[name].endswith(" R"):
                    taken += 1
                    assert row[name] == f"{number} R", (code, name)
    assert taken == sum(row[name].endswith(" R") for row in rows("loinc.csv") for name in ("least", "most"))


def test_the_page_lists_the_sources_and_no_others() -> None:
    listed = dict(re.findall(r"^\| ([A-Z]) \| (.*) \|$", PAGE, re.MULTILINE))
    assert listed.keys() == sources().keys()
    for letter, source in sources().items():
        assert all(text in listed[letter] for text in (source.title, source.edition, source.place, source.link)), letter
        assert not source.judges or source.link.startswith("https://")


def test_the_page_lists_the_rules_and_no_others() -> None:
    assert dict(re.findall(r"^\| `([a-z]+\.[a-z]+)` \| (.*) \|$", PAGE, re.MULTILINE)) == RULES


def test_the_page_lists_the_placeholders() -> None:
    assert NAMES < PLACEHOLDERS
    assert all(f"`{word}`" in PAGE for word in PLACEHOLDERS)
