"""Units of observations without a code: often no UCUM, so compared as texts first, by what they measure second."""

import re
import unicodedata
from functools import lru_cache

from gateway.fhir import ucum

_NOT_UNIT = re.compile(r"[^\w%/]+")


def folded_unit(unit: str) -> str:
    """`mm[Hg]`, `mm Hg` and `mmHg` are one."""
    return _NOT_UNIT.sub("", unicodedata.normalize("NFKC", unit).casefold())


@lru_cache(maxsize=4096)
def dimension(code: str) -> object:
    """What a UCUM unit measures; None for what is not UCUM.

    A mole is a number in UCUM, so that mmol/L and 10*9/L are of one dimension. Here they are told apart.
    """
    found = ucum.unit(code) if code else None
    return None if found is None else (found.dimension, "mol" in code)
