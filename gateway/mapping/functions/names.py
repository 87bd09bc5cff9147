"""Functions on names of people."""

import re
from typing import Any

from gateway.mapping.functions.function import Function

# How well a name serves to address the person today (https://hl7.org/fhir/R4/valueset-name-use.html).
_USES = ("official", "usual", None, "nickname", "temp", "anonymous", "maiden", "old")
_RANK = {use: rank for rank, use in enumerate(_USES)}
_FAMILY_FIRST = re.compile(r"[぀-ヿ㐀-鿿가-힯豈-﫿]")  # kana, CJK ideographs, hangul


def display_name(names: list[dict[str, Any]]) -> str | None:
    """Return the one name to show: the best by use among those without an end, else the one that ended last.

    Equally good names keep the order in which they were sent. A mapping reads no clock, so a name with an end counts as
    past, even if the end is in the future.
    """
    shown = [(name, label) for name in names if (label := _label(name))]
    return min(shown, key=lambda pair: _order(pair[0]))[1] if shown else None


def _order(name: dict[str, Any]) -> tuple[bool, float, int]:
    end = name.get("period", {}).get("end")
    return end is not None, -end.timestamp() if end else 0.0, _RANK.get(name.get("use"), len(_USES))


def _label(name: dict[str, Any]) -> str:
    if "text" in name:
        return " ".join(name["text"].split())
    given, family = " ".join(name.get("given", ())), name.get("family", "")
    parts = [family, given] if _FAMILY_FIRST.search(family) else [given, family]
    return " ".join(" ".join([*name.get("prefix", ()), *parts, *name.get("suffix", ())]).split())


FUNCTIONS = (Function("display_name", display_name, frozenset({"name"}), leaf="text"),)
