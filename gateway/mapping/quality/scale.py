"""Convert numbers from the unit sent to the canonical unit of a code.

A scale is worked out once per code and unit, and then applied to all numbers.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from typing import Any

from gateway.fhir.ucum import UcumUnit, unit
from gateway.mapping.quality import units
from gateway.mapping.quality.facts import Fact, Substance, facts, substances

_MOLE = unit("mol")
_LEAST_DIGITS, _MOST_DIGITS = 3, 34
_NO_CELLS = re.compile(r"/(mL|dL|ml|dl|cm3)$")
_ENZYME = re.compile(r"^[kmunp]?U/")
_CELLS = frozenset({"10*3/uL", "10*6/uL"})


@dataclass(frozen=True, slots=True)
class Scale:
    """The conversion of a unit: x of the unit sent are (x * factor + shift) of `unit`.

    unit: None if there is no canonical number; `rules` say why.
    rules: (rule, before, after) of each finding about the unit.
    derived: whether the unit was read from text or converted by a property of the substance.
    power: the exponent if the factor is a power of ten and there is no shift, so that no digit changes; else None.
    """

    unit: str | None
    factor: Fraction = Fraction(1)
    shift: Fraction = Fraction(0)
    rules: tuple[tuple[str, str | None, str | None], ...] = ()
    derived: bool = False
    power: int | None = field(default=None)

    def of(self, number: Decimal) -> Decimal:
        """Return the number in `unit` with the significant digits sent, but at least 3 if digits had to change."""
        if self.power == 0:
            return number
        if self.power is not None:
            return _written(number.scaleb(self.power))
        return rounded(self.exactly(number), max(len(number.as_tuple().digits), _LEAST_DIGITS))

    def exactly(self, number: Decimal) -> Fraction:
        """Return the number in `unit` without rounding."""
        return Fraction(number) * self.factor + self.shift


def rounded(value: Fraction, digits: int) -> Decimal:
    """Return a fraction rounded to so many significant digits, without an exponent if possible."""
    with localcontext() as context:
        context.prec = min(digits, _MOST_DIGITS)
        made = Decimal(value.numerator) / Decimal(value.denominator)
        if value and (missing := context.prec - len(made.as_tuple().digits)) > 0:
            made = made.quantize(Decimal((0, (1,), int(made.as_tuple().exponent) - missing)))
    return _written(made)


def _written(number: Decimal) -> Decimal:
    """Return a number without its exponent, 1.2E+3 as 1200, unless that would be very long."""
    exponent = int(number.as_tuple().exponent)
    return number.quantize(Decimal(1)) if 0 < exponent <= 12 and number.adjusted() < 27 else number


@lru_cache(maxsize=8192)
def scale(loinc: str | None, code: Any, system: Any, text: Any) -> Scale:
    """Return the scale of a quantity of a LOINC code; None keeps the unit as it is.

    `code`, `system` and `text` (the unit) are those of the quantity; one that is not text counts as absent.
    """
    code, system, text = (part if part.__class__ is str else None for part in (code, system, text))
    fact = facts().get(loinc) if loinc else None
    wanted = fact.unit if fact else None
    found = units.read(code, system, text, wanted)
    if found.code is None:
        if found.rule == "unit.missing" and fact and units.unitless(fact):
            return Scale(wanted, power=0)
        return Scale(None, rules=((found.rule or "unit.unknown", found.before, None),))
    rules = () if found.rule is None else ((found.rule, found.before, found.code),)
    if text and not found.derived and units.contradict(text, found.code, _valence(fact)):
        return Scale(None, rules=(*rules, ("unit.contradiction", text, None)))
    if fact is None or wanted is None:
        return Scale(found.code, rules=rules, derived=found.derived, power=0)
    return _to(fact, wanted, found, rules)


def _valence(fact: Fact | None) -> int | None:
    substance = substances().get(fact.substance or "") if fact else None
    return substance.valence if substance else None


Rules = tuple[tuple[str, str | None, str | None], ...]


def _to(fact: Fact, wanted: str, found: units.UnitReading, rules: Rules) -> Scale:
    source, target, code = unit(found.code or ""), unit(wanted), found.code or ""
    substance = substances().get(fact.substance or "")
    if source is None or target is None:
        return Scale(None, rules=(*rules, ("unit.unknown", code, None)))
    if _is_a1c(fact, code, wanted):
        return _a1c(code, wanted, rules, found.derived)
    meant = _units_meant(code, wanted)
    if meant != code:
        rules, found = (("unit.spelling", found.before or code, meant),), found._replace(derived=True)
        code, source = meant, unit(meant)
    if source is not None and _same(fact, source, target, code, wanted):
        return _proportional(source, target, wanted, rules, found.derived)
    if source is not None and substance is not None:
        made = _by_substance(substance, source, target, code, wanted)
        if made is not None:
            factor, rule = made
            more: Rules = ((rule, found.before or code, wanted),) if rule else ()
            return Scale(wanted, factor, Fraction(0), (*rules, *more), bool(rule) or found.derived, _ten(factor))
    rule = "unit.indexed" if units.indexed(code) != units.indexed(wanted) else "unit.dimension"
    return Scale(None, rules=(*rules, (rule, found.before or code, None)))


def _units_meant(code: str, wanted: str) -> str:
    """Return the unit that the code can have. Laboratories write U for IU and IU for U."""
    if "[IU]" in wanted and "[" not in code:
        return code.replace("U", "[IU]", 1)
    if _ENZYME.search(wanted):
        return code.replace("[IU]", "U", 1).replace("[iU]", "U", 1)
    return code


def _same(fact: Fact, source: UcumUnit, target: UcumUnit, code: str, wanted: str) -> bool:
    if source.dimension != target.dimension or units.amount(code) != units.amount(wanted):
        return False
    if units.indexed(code) != units.indexed(wanted):
        return False
    if wanted in _CELLS and _NO_CELLS.search(code):  # 10*3/mL is a common mistake for 10*3/uL
        return False
    # A score is not a share: 50 % of a scale does not tell the points.
    return not (units.unitless(fact) and source.factor != target.factor) and not (
        "%" in (code, wanted) and code != wanted and code.startswith("{") and code not in ("{ratio}", "{fraction}")
    )


def _proportional(source: UcumUnit, target: UcumUnit, wanted: str, rules: Rules, derived: bool) -> Scale:
    factor = source.factor / target.factor
    shift = source.offset * factor - target.offset
    return Scale(wanted, factor, shift, rules, derived, None if shift else _ten(factor))


def _ten(factor: Fraction) -> int | None:
    """Return the exponent if the factor is a power of ten, else None."""
    top, bottom = str(factor.numerator), str(factor.denominator)
    if top.rstrip("0") != "1" or bottom.rstrip("0") != "1":
        return None
    return len(top) - len(bottom)


def _by_substance(
    substance: Substance, source: UcumUnit, target: UcumUnit, code: str, wanted: str
) -> tuple[Fraction, str | None] | None:
    """Return (factor, rule) by valence, which is no finding but another way to count, or by molar mass; None if neither
    converts."""
    kinds = units.amount(code), units.amount(wanted)
    if source.dimension == target.dimension and kinds in (("eq", "mol"), ("mol", "eq")) and substance.valence:
        valence = Fraction(substance.valence)
        factor = source.factor / target.factor
        return (factor / valence if kinds[0] == "eq" else factor * valence), None
    if substance.mass is None:
        return None
    if kinds == ("eq", "") and substance.valence:  # magnesium in meq/L where mg/dL is due
        return _by_mass(Fraction(substance.mass) / substance.valence, source, target, code, 1)
    if "mol" not in kinds or kinds[0] == kinds[1] or "eq" in kinds:
        return None
    molar = 1 if kinds[0] == "mol" else -1
    return _by_mass(Fraction(substance.mass), source, target, (code, wanted)[molar < 0], molar)


def _by_mass(
    mass: Fraction, source: UcumUnit, target: UcumUnit, code: str, molar: int
) -> tuple[Fraction, str | None] | None:
    """Return (factor, rule) where a mole becomes `mass` grams; `code` is the one of the two units that counts moles."""
    if _MOLE is None:
        return None
    power = -1 if re.search(r"/[a-z]?(?:mol|eq)", code) else 1
    grams = UcumUnit(mass / _MOLE.factor, (("g", 1),)).power(power * molar)
    weighed = source.times(grams)
    if weighed.dimension != target.dimension:
        return None
    return weighed.factor / target.factor, "unit.molar"


def _is_a1c(fact: Fact, code: str, wanted: str) -> bool:
    return fact.substance == "hemoglobin A1c" and (_bare(code) == "mmol/mol") != (wanted == "mmol/mol")


def _bare(code: str) -> str:
    """Return a unit without annotations: % for %{HemoglobinA1C}."""
    return re.sub(r"\{[^{}]*\}", "", code)


def _a1c(code: str, wanted: str, rules: Rules, derived: bool) -> Scale:
    """Convert hemoglobin A1c: NGSP % = 0.0915 x IFCC mmol/mol + 2.15 (https://ngsp.org/ifccngsp.asp)."""
    slope, shift = Fraction("0.0915"), Fraction("2.15")
    converted = (*rules, ("unit.molar", code, wanted))
    if _bare(code) == "mmol/mol" and wanted == "%":
        return Scale(wanted, slope, shift, converted, True)
    if _bare(code) == "%" and wanted == "mmol/mol":
        return Scale(wanted, 1 / slope, -shift / slope, converted, True)
    return Scale(None, rules=(*rules, ("unit.dimension", code, None)))


@lru_cache(maxsize=1024)
def other(loinc: str) -> Scale | None:
    """Return the scale from the canonical unit of a code to the other unit of its substance, None if there is none.

    The other unit counts moles if the canonical one is a mass, and the other way around.
    """
    fact = facts().get(loinc)
    substance = substances().get(fact.substance or "") if fact else None
    if fact is None or substance is None or fact.unit is None:
        return None
    if substance.name == "hemoglobin A1c":
        return _a1c(fact.unit, "%" if fact.unit == "mmol/mol" else "mmol/mol", (), derived=True)
    if substance.mass_unit is None or substance.molar_unit is None or "/g" in fact.unit:
        return None
    wanted = substance.mass_unit if units.amount(fact.unit) == "mol" else substance.molar_unit
    source, target = unit(fact.unit), unit(wanted)
    if source is None or target is None:
        return None
    made = _by_substance(substance, source, target, fact.unit, wanted)
    return Scale(wanted, made[0], power=_ten(made[0])) if made else None
