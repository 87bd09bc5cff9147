"""Join chains by one reference: `patient.family=x&patient.gender=y` asks for one Patient that is both.

Only where a resource has at most one such reference: several may each lead to a resource that meets one clause.
"""

from collections.abc import Iterable

from gateway.search.tree.clauses import And, Chain, Clause, End


def joined(clauses: Iterable[Clause]) -> tuple[Clause, ...]:
    """Return the clauses, with those on the resource at the other end of one reference in one chain."""
    kept: list[Clause] = []
    by_reference: dict[tuple[tuple[str, ...], str], list[Chain]] = {}
    for clause in clauses:
        if isinstance(clause, Chain) and _is_joinable(clause):
            by_reference.setdefault((clause.names, clause.ends[0].type), []).append(clause)
        else:
            kept.append(clause)
    return (*kept, *map(_one, by_reference.values()))


def _is_joinable(chain: Chain) -> bool:
    return chain.single and len(chain.ends) == 1 and not chain.canonical


def _one(chains: list[Chain]) -> Chain:
    first = chains[0]
    if len(chains) == 1:
        return first
    end = End(first.ends[0].type, And(tuple(chain.ends[0].clause for chain in chains)))
    return Chain(first.names, (end,), first.canonical, first.single, first.rank)
