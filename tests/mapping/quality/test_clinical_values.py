"""Every code of loinc.csv judged by values whose meaning is known at the bedside.

clinical_values.csv is written by hand from the sources of docs/explanation/data-quality.md, never from loinc.csv:
below, at and above
each limit. LL, L, N, H and HH are HL7's letters; "-" is no label.
"""

import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gateway.mapping import Mappings
from gateway.mapping.quality.facts import facts
from gateway.mapping.quality.interpretation import INTERPRETATIONS
from gateway.mapping.quality.scale import scale
from gateway.mapping.quality.tables import rows
from tests.mapping.quality.support import UCUM, observation, read

TABLE = Path(__file__).with_name("clinical_values.csv")
LETTERS = {level: letter for letter, level in INTERPRETATIONS.items() if letter not in ("LU", "HU")}


def lines() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8") as file:
        return [*csv.DictReader(file)]


def pairs(line: dict[str, str]) -> Iterator[tuple[str, str]]:
    words = line["expected"].split()
    return zip(words[::2], words[1::2], strict=True)


def letter(code: str, number: str, unit: str) -> str:
    found: dict[str, Any] | None = read("label", observation(code, number, unit))[0]
    return "-" if found is None else LETTERS[found["level"]]


@pytest.mark.parametrize("line", lines(), ids=lambda line: f"{line['code']} {line['unit']}")
def test_a_code_judges_as_clinicians_do(line: dict[str, str]) -> None:
    judged = " ".join(f"{number} {letter(line['code'], number, line['unit'])}" for number, _ in pairs(line))
    assert judged == line["expected"]
    for number, _ in pairs(line):
        assert read("measured", observation(line["code"], number, line["unit"]))[0].get("plausible") is not False


def test_every_code_with_a_unit_is_in_the_table_in_that_unit() -> None:
    tried = {(line["code"], line["unit"]) for line in lines()}
    assert [row["code"] for row in rows("loinc.csv") if row["unit"] and (row["code"], row["unit"]) not in tried] == []


@pytest.mark.parametrize("line", lines(), ids=lambda line: f"{line['code']} {line['unit']}")
def test_every_limit_of_a_code_is_tried_on_both_sides(line: dict[str, str]) -> None:
    """A limit that no value of the table reaches would be one that nobody has checked."""
    fact = facts()[line["code"]]
    if line["unit"] != fact.unit:
        return
    letters = {letter for _, letter in pairs(line)}
    wanted = {letter for letter, end in zip("LH", (fact.low, fact.high), strict=True) if end is not None}
    wanted |= {"LL"} if fact.critical_low else set()
    wanted |= {"HH"} if fact.critical_high else set()
    wanted |= {"N"} if fact.low or fact.high else {"-"}
    never = {"L"} if line["code"] == "8480-6" else set()  # critical from 90 down, low below 90
    assert letters == wanted - never


@pytest.mark.parametrize("line", lines(), ids=lambda line: f"{line['code']} {line['unit']}")
def test_danger_has_one_direction_on_each_side(line: dict[str, str]) -> None:
    order = ["LL", "L", "N", "H", "HH"]
    ranks = [order.index("N" if letter == "-" else letter) for _, letter in pairs(line)]
    numbers = [Decimal(number) for number, _ in pairs(line)]
    assert numbers == sorted(numbers) and ranks == sorted(ranks)


@pytest.mark.parametrize("line", lines(), ids=lambda line: f"{line['code']} {line['unit']}")
def test_another_unit_changes_no_label(line: dict[str, str]) -> None:
    """Each value again in a unit a thousand times as large or as small, where UCUM has one."""
    unit = line["unit"]
    for other, power in ((f"10*3.{unit}", -3), (f"10*-3.{unit}", 3)):
        if unit.startswith(("{", "[pH]", "Cel", "[degF]")) or scale(line["code"], other, UCUM, None).unit is None:
            continue
        for number, expected in pairs(line):
            assert letter(line["code"], str(Decimal(number).scaleb(power)), other) == expected, (number, other)


def test_the_shipped_mapping_stores_the_labels_of_an_observation_and_its_components() -> None:
    mappings = Mappings.load(Path(__file__).parents[3] / "mappings")
    parts = [observation("8480-6", "139.5", "mm[Hg]"), observation("8462-4", "90", "mm[Hg]")]
    [pressure] = mappings.get({**observation("85354-9", "1"), "component": parts})
    assert [part["label"]["level"] for part in pressure.document["components"]] == ["normal", "high"]
    [coma] = mappings.get(observation("9269-2", "3", "{score}"))
    assert coma.document["label"] == {
        "level": "critical-low",
        "by": "default range",
        "for": "adults",
        "low": Decimal(15),
        "unit": "{score}",
    }
