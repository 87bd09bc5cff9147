"""Build the table of the units that have a symbol, the atoms of UCUM.

Some units are not proportional to a base unit. Logarithmic ones (B, Np, `[pH]`) are in common use, so each is a base
unit of its own, which converts to no other unit. Homeopathic potencies, prism diopters and slopes are left out.
"""

from fractions import Fraction

from gateway.fhir.ucum import tables
from gateway.fhir.ucum.unit import UcumUnit

PREFIXES: dict[str, Fraction] = {
    **{s: Fraction(10) ** e for s, e in zip("YZEPTGMkh", (24, 21, 18, 15, 12, 9, 6, 3, 2), strict=True)},
    **{s: Fraction(10) ** e for s, e in zip("dcmunpfazy", (-1, -2, -3, -6, -9, -12, -15, -18, -21, -24), strict=True)},
    "da": Fraction(10),
    "Ki": Fraction(2**10),
    "Mi": Fraction(2**20),
    "Gi": Fraction(2**30),
    "Ti": Fraction(2**40),
}


def _number(text: str) -> Fraction:
    """Read a product of fractions, `2*3/4`."""
    """`1/60`, `2*3.14`, `3.5/60`, `1e-28`."""
    value = Fraction(1)
    for part in text.split("*"):
        top, _, bottom = part.partition("/")
        value *= Fraction(top) / Fraction(bottom or 1)
    return value


def _define(table: dict[str, UcumUnit], line: str) -> str:
    """Add the unit of one line of `tables` to `table`, and return its symbol."""
    symbol, value, *parts = line.split()
    factor = _number(value)
    product = UcumUnit(Fraction(1))
    for part in parts:
        if part[0] == "@":
            factor *= _number(part[1:])
        else:
            cut = len(part.rstrip("-0123456789"))
            product = product.times(table[part[:cut]].power(int(part[cut:])))
    table[symbol] = UcumUnit(product.factor * factor, product.dimension)
    return symbol


def _bases(symbols: str) -> dict[str, UcumUnit]:
    return {symbol: UcumUnit(Fraction(1), ((symbol, 1),)) for symbol in symbols.split()}


ATOMS: dict[str, UcumUnit] = _bases("m s g rad K C cd")
METRIC: frozenset[str] = frozenset(ATOMS)
ATOMS.update(_bases(tables.ARBITRARY_METRIC))
ATOMS["[IU]"] = ATOMS["[iU]"]
METRIC |= set(tables.ARBITRARY_METRIC.split())
METRIC |= {_define(ATOMS, line) for line in tables.METRIC.split("\n") if line}
ATOMS.update(_bases(tables.ARBITRARY))
for _line in filter(None, tables.PLAIN.split("\n")):
    _define(ATOMS, _line)
ATOMS["Cel"] = UcumUnit(Fraction(1), ATOMS["K"].dimension, Fraction("273.15"))
ATOMS["[degF]"] = UcumUnit(Fraction(5, 9), ATOMS["K"].dimension, Fraction("459.67"))
ATOMS["[degRe]"] = UcumUnit(Fraction(5, 4), ATOMS["K"].dimension, Fraction("273.15") * Fraction(4, 5))
METRIC |= {"Cel"}
