"""The value sets and code systems that a tree names, so that they can be fetched before the tree is bound.

https://hl7.org/fhir/R4/search.html#token
"""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from gateway.search.notation.values import fields, in_full, unescape
from gateway.search.tree.clauses import Clause, Comparison, every


class Needs(NamedTuple):
    """A canonical resource by its address. A value set may also be named by a reference `ValueSet/id`."""

    kind: Literal["ValueSet", "CodeSystem"]
    url: str


_MODIFIER_OF = {"in": "in", "ss": "below", "sb": "above"}
"""The modifier that does what an operator of `_filter` does."""


def needs(clauses: Iterable[Clause]) -> tuple[Needs, ...]:
    """Return what the clauses need, each once. Only tokens are compared by terminology."""
    parts = (part for clause in clauses for part in every(clause))
    comparisons = (part for part in parts if isinstance(part, Comparison) and part.parameter.type == "token")
    return tuple(dict.fromkeys(need for comparison in comparisons for need in _of(comparison)))


def _of(comparison: Comparison) -> Iterator[Needs]:
    """Yield the needs of one comparison. A code without a system needs none: the system that its element implies is
    one of R4's own."""
    modifier = _MODIFIER_OF.get(comparison.operator or "", comparison.modifier)
    for value in map(in_full, comparison.values) if comparison.operator else comparison.values:
        if modifier == "in":
            yield Needs("ValueSet", unescape(value).strip())
        elif modifier in ("above", "below"):
            system, *code = fields(value)
            if code and system:
                yield Needs("CodeSystem", system)
