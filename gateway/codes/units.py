"""Compare units of observations without a code. They are often no UCUM, so compare texts first, dimensions second."""

import re
from functools import lru_cache

from gateway.fhir import ucum
from gateway.fhir.normal_forms import normalize
from gateway.mapping.quality import units

_NOT_UNIT = re.compile(r"[^\w%/]+")


def folded_unit(unit: str) -> str:
    """Return the unit without blanks and brackets: `mm[Hg]`, `mm Hg` and `mmHg` become one."""
    return _NOT_UNIT.sub("", normalize("NFKC", unit).casefold())


@lru_cache(maxsize=4096)
def dimension(code: str) -> object:
    """Return what a unit measures, None if it is neither UCUM nor a common other spelling (bpm, K/uL).

    In UCUM a mole is a number, so mmol/L and 10*9/L have one dimension. Here they differ. An equivalent counts as a
    mole, because laboratories write either.
    """
    read = units.read(None, None, code, None).code if code else None
    found = ucum.unit(read) if read else None
    return None if found is None or read is None else (found.dimension, units.amount(read) in ("mol", "eq"))
