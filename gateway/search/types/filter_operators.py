"""The operators of `_filter` on each type of search parameter: https://hl7.org/fhir/R4/search_filter.html#ops

An operator holds if one of the resource's values fulfills it: `ne` means that some value is unequal, not that none is
equal. Pairs that the page marks "n/a" are refused, except `eq` on references, which everybody writes.
"""

from collections.abc import Callable, Mapping

from gateway.errors import BadRequest
from gateway.search.context import Context
from gateway.search.definitions.parameters import Parameter
from gateway.search.notation.tokens import LAST, Filter, escape, literal, starting
from gateway.search.notation.values import bare, in_full
from gateway.search.types import TYPES, date

Compare = Callable[[str, Parameter, str, Context], Filter]
"""Makes the filter for one stored name of a parameter, the parameter, a value as written, and the context."""

_COMPARED = 64
"""Characters of a text by which `gt` and its like go."""


def operator_on(parameter: Parameter, operator: str) -> Compare | None:
    """Return what `operator` means on a parameter of this type, None if the pair is not offered."""
    return _OPERATORS.get(parameter.type, {}).get(operator)


def _where(modifier: str | None = None, prefix: str = "") -> Compare:
    """Compare as a parameter of a query string does, with a modifier or a prefix."""

    def compare(name: str, parameter: Parameter, value: str, context: Context) -> Filter:
        return TYPES[parameter.type].where(name, parameter, modifier, prefix + in_full(value), context)

    return compare


def _unequal(equal: Compare) -> Compare:
    """Find resources with some item that `equal` does not find: a token of that name other than the equal ones."""

    def compare(name: str, parameter: Parameter, value: str, context: Context) -> Filter:
        matcher = equal(name, parameter, value, context)["k"]
        others: Filter = {"$gt": f"{name}|", "$lt": f"{name}|{LAST}"}
        if isinstance(matcher, str):
            others["$ne"] = matcher
        elif "$in" in matcher:
            others["$nin"] = matcher["$in"]
        else:
            others["$regex"] = _except(matcher["$elemMatch"])
        return {"k": {"$elemMatch": others}}

    return compare


def _except(*ranges: Filter) -> str:
    """Return a pattern of all tokens outside some ranges. With `$not` no index would serve the search."""
    patterns = (bounds.get("$regex", f"^{literal(bounds['$gte'])}").removeprefix("^") for bounds in ranges)
    return f"^(?!{'|'.join(patterns)})"


# --- texts: tokens `name|folded|as written`


def _folded(parameter: Parameter, value: str) -> str:
    folded = escape(bare(value[:256]))
    if not folded:
        raise BadRequest(f"Search parameter '_filter': '{parameter.name}' is compared with no text")
    return folded


def _text(make: Callable[[str, str], Filter]) -> Compare:
    return lambda name, parameter, value, context: make(name, _folded(parameter, value))


def _same(name: str, folded: str) -> Filter:
    return starting(f"{name}|{folded}|")


def _begins(name: str, folded: str) -> Filter:
    return starting(f"{name}|{folded}")


def _holds(name: str, folded: str) -> Filter:
    return starting(f"{name}|", rf"^[^|]*\|[^|]*{literal(folded)}")


def _ends(name: str, folded: str) -> Filter:
    return starting(f"{name}|", rf"^[^|]*\|[^|]*{literal(folded)}\|")


def _greater(name: str, folded: str) -> Filter:
    """Match the texts that sort after this one. Its beginnings sort before it, but their tokens, which go on with `|`,
    sort after its token: a pattern leaves them out."""
    return _between(f"{name}|{folded}", f"{name}|{LAST}", {"$regex": _longer(name, folded, itself=True)})


def _greater_or_equal(name: str, folded: str) -> Filter:
    return _between(f"{name}|{folded}", f"{name}|{LAST}", {"$regex": _longer(name, folded)})


def _less(name: str, folded: str) -> Filter:
    beginnings = _between(f"{name}|", f"{name}|{LAST}", {"$regex": f"^{_beginnings(name, folded)}"})
    return {"$or": [_between(f"{name}|!", f"{name}|{folded}", {}), beginnings]}


def _less_or_equal(name: str, folded: str) -> Filter:
    return {"$or": [_less(name, folded), _same(name, folded)]}


def _between(start: str, end: str, more: Filter) -> Filter:
    return {"k": {"$elemMatch": {"$gte": start, "$lt": end, **more}}}


def _longer(name: str, folded: str, itself: bool = False) -> str:
    return f"^(?!{_beginnings(name, folded, itself)})"


def _beginnings(name: str, folded: str, itself: bool = False) -> str:
    ends = range(1, min(len(folded), _COMPARED) + itself)
    return rf"{literal(name)}\|({'|'.join(literal(folded[:end]) for end in ends) or '$.'})\|"


# --- codes: `system|code`, in whatever case


def _code(name: str, parameter: Parameter, value: str, context: Context) -> Filter:
    """Match a code as written and in the usual cases of codes: "Values are never case sensitive" (#ops)."""
    system, bar, code = in_full(value).rpartition("|")
    spellings = dict.fromkeys((code, code.lower(), code.upper(), code.capitalize()))
    where = TYPES[parameter.type].where
    filters = [where(name, parameter, None, f"{system}{bar}{spelling}", context) for spelling in spellings]
    return filters[0] if len(filters) == 1 else {"$or": filters}


def _other_code(name: str, parameter: Parameter, value: str, context: Context) -> Filter:
    equal = _code(name, parameter, value, context)
    matchers = [filter_["k"] for filter_ in equal.get("$or", (equal,))]
    others: Filter = {"$gt": f"{name}|", "$lt": f"{name}|{LAST}"}
    if all(isinstance(matcher, str) or "$in" in matcher for matcher in matchers):
        listed = ([matcher] if isinstance(matcher, str) else matcher["$in"] for matcher in matchers)
        return _among(others, {"$nin": [token for tokens in listed for token in tokens]})
    return _among(others, {"$regex": _except(*(matcher["$elemMatch"] for matcher in matchers))})


def _among(others: Filter, more: Filter) -> Filter:
    return {"k": {"$elemMatch": {**others, **more}}}


# --- dates


def _period(comparison: Callable[[int, int], Filter]) -> Compare:
    def compare(name: str, parameter: Parameter, value: str, context: Context) -> Filter:
        _, lo, hi = date.parse(parameter.name, f"eq{value}")
        return {"d": {"$elemMatch": {"p": name, **comparison(lo, hi)}}}

    return compare


def _around(lo: int, hi: int) -> Filter:
    return {"lo": {"$lte": lo}, "hi": {"$gte": hi}}


def _overlapping(lo: int, hi: int) -> Filter:
    return {"lo": {"$lte": hi}, "hi": {"$gte": lo}}


# --- the table


def _id(name: str, parameter: Parameter, value: str, context: Context) -> Filter:
    return TYPES[parameter.type].where(name, parameter, None, value, context)


def _other_id(name: str, parameter: Parameter, value: str, context: Context) -> Filter:
    return {"$nor": [_id(name, parameter, value, context)]}


def _other_combination(name: str, parameter: Parameter, value: str, context: Context) -> Filter:
    equal = TYPES["composite"].where(name, parameter, None, in_full(value), context)
    return {"$and": [TYPES["composite"].present(name, parameter), {"$nor": [equal]}]}


def _address(value: str, name: str, before: str, after: str) -> Filter:
    return starting(f"{name}|", rf"^[^|]*\|{before}{literal(value)}{after}")


_ORDER: Mapping[str, Compare] = {prefix: _where(prefix=prefix) for prefix in ("eq", "ne", "gt", "lt", "ge", "le", "ap")}
_RANGES: Mapping[str, Compare] = {**_ORDER, "sa": _where(prefix="sa"), "eb": _where(prefix="eb")}
_OPERATORS: Mapping[str, Mapping[str, Compare]] = {
    "string": {
        "eq": _text(_same),
        "ne": _unequal(_text(_same)),
        "co": _text(_holds),
        "sw": _text(_begins),
        "ew": _text(_ends),
        "gt": _text(_greater),
        "ge": _text(_greater_or_equal),
        "lt": _text(_less),
        "le": _text(_less_or_equal),
    },
    "token": {
        "eq": _code,
        "ne": _other_code,
        "ss": _where("below"),
        "sb": _where("above"),
        "in": _where("in"),
    },
    "reference": {"eq": _where(), "ne": _unequal(_where()), "re": _where()},
    "uri": {
        "eq": _where(),
        "ne": _unequal(_where()),
        "re": _where(),
        "co": lambda name, parameter, value, context: _address(value, name, ".*", ""),
        "sw": lambda name, parameter, value, context: starting(f"{name}|{value}"),
        "ew": lambda name, parameter, value, context: _address(value, name, ".*", "$"),
    },
    "number": {**_RANGES, "co": _where(prefix="eq")},
    "quantity": _RANGES,
    "date": {**_RANGES, "co": _period(_around), "po": _period(_overlapping)},
    "updated": {**_RANGES, "co": _where(prefix="eq"), "po": _where(prefix="eq")},
    "identity": {"eq": _id, "ne": _other_id},
    "phonetic": {"eq": _where(), "co": _where()},
    "special": {"eq": _where()},
    "composite": {"eq": _where(), "ne": _other_combination},
}
