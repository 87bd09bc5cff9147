"""The tables of facts hold together, and the page about them says the same."""

import importlib.util
import re
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.fhir.loinc import is_code
from gateway.fhir.ucum import unit
from gateway.mapping.quality.category import CATEGORIES
from gateway.mapping.quality.facts import facts, rows, substances
from gateway.mapping.quality.rules import RULES
from gateway.mapping.quality.scale import other
from gateway.mapping.quality.text import NAMES, PLACEHOLDERS
from gateway.mapping.quality.units import amount, read

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "quality.md").read_text("utf-8")
SHARED = ROOT.parent / "shared"


@pytest.mark.parametrize("table", ["loinc.csv", "seen.csv"])
def test_every_loinc_code_passes_its_check_digit_and_stands_once(table: str) -> None:
    codes = [row["code"] for row in rows(table)]
    assert len(codes) == len(set(codes)) > 50
    assert [code for code in codes if not is_code(code)] == []


@pytest.mark.parametrize("code", ["2160-1", "2160", "2160-", "21600-0", "-0", "2160-00", "²-4", "LA6-8"])
def test_what_only_looks_like_loinc_is_none(code: str) -> None:
    assert is_code("2160-0") and not is_code(code)


@pytest.mark.parametrize("row", [*rows("loinc.csv")], ids=lambda row: row["code"])
def test_a_fact_is_in_order(row: dict[str, str]) -> None:
    """Ranges lie within one another, units are UCUM, and each number has a source that the page names."""
    names = ("least", "critical_low", "low", "high", "critical_high", "most")
    numbers = [Decimal(row[name]) for name in names if row[name]]
    assert numbers == sorted(numbers)
    assert row["unit"] == "" or unit(row["unit"]) is not None
    assert row["unit"] != "" or not numbers
    assert row["category"] in CATEGORIES
    assert bool(numbers) == bool(row["sources"])
    assert all(f"| {letter} |" in PAGE for letter in row["sources"].split())
    assert row["substance"] in ("", *substances())


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
            if here is not None and here:
                assert abs(way.of(here) / there - 1) < Decimal("0.05"), (mass, name)


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


def test_the_limits_are_those_of_the_risk_scores() -> None:
    """Where the scores refuse a value, it must not count as plausible here; units as in that table."""
    page = SHARED / "risk.md"
    if not page.is_file():
        pytest.skip("risk.md is not beside the checkout")
    text = page.read_text("utf-8")
    for code, limits in (("8867-4", "10-300"), ("9279-1", "2-80"), ("59408-5", "40-100"), ("8310-5", "25-45")):
        row = next(line for line in text.splitlines() if line.startswith("|") and code in line)
        assert f"| {limits} |" in row
        fact = facts()[code]
        assert f"{fact.least}-{fact.most}" == limits


def test_the_page_lists_the_rules_and_no_others() -> None:
    assert dict(re.findall(r"^\| `([a-z]+\.[a-z]+)` \| (.*) \|$", PAGE, re.MULTILINE)) == RULES


def test_the_page_lists_the_placeholders() -> None:
    assert NAMES < PLACEHOLDERS
    assert all(f"`{word}`" in PAGE for word in PLACEHOLDERS)
