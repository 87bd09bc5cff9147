"""Units of observations without a code: often no UCUM, so compared as texts first, by what they measure second."""

import re
from functools import lru_cache

from gateway.fhir import ucum
from gateway.fhir.normal_forms import normalize
from gateway.mapping.quality import units

_NOT_UNIT = re.compile(r"[^\w%/]+")


def folded_unit(unit: str) -> str:
    """`mm[Hg]`, `mm Hg` and `mmHg` are one."""
    return _NOT_UNIT.sub("", normalize("NFKC", unit).casefold())


@lru_cache(maxsize=4096)
def dimension(code: str) -> object:
    """What a unit measures; None for what is neither UCUM nor one of the spellings in the wild (bpm, K/uL).

    A mole is a number in UCUM, so that mmol/L and 10*9/L are of one dimension. Here they are told apart; an equivalent
    counts as a mole, for laboratories write either.
    """
    read = units.read(None, None, code, None).code if code else None
    found = ucum.unit(read) if read else None
    return None if found is None or read is None else (found.dimension, units.amount(read) in ("mol", "eq"))
