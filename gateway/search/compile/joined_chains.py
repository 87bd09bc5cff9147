"""Chains that can be one: `patient.family=x&patient.gender=y` asks for one Patient that is both.

Only where there is one reference at most: of several, each may lead to a resource that meets one criterion.
"""

from collections.abc import Iterable
from dataclasses import replace

from gateway.search.tree.clauses import Chain, Clause


def joined(clauses: Iterable[Clause]) -> tuple[Clause, ...]:
    """The same criteria, with those on the resource at the other end of one reference in one chain."""
    kept: list[Clause] = []
    together: dict[tuple[tuple[str, ...], str], list[Clause]] = {}
    for clause in clauses:
        chain = _only(clause)
        if chain is None:
            kept.append(clause)
        else:
            together.setdefault((chain.names, chain.type), []).append(clause)
    return (*kept, *(_one(alike) for alike in together.values()))


def _only(clause: Clause) -> Chain | None:
    """The chain that the clause is, if it is nothing else and may be joined with another."""
    if len(clause.chains) != 1 or clause != Clause(chains=clause.chains, rank=clause.rank):
        return None
    chain = clause.chains[0]
    return chain if chain.single and not chain.reverse and not chain.canonical else None


def _one(clauses: list[Clause]) -> Clause:
    if len(clauses) == 1:
        return clauses[0]
    chains = [clause.chains[0] for clause in clauses]
    both = Clause(groups=(tuple(chain.clause for chain in chains),), rank=min(chain.clause.rank for chain in chains))
    return replace(clauses[0], chains=(replace(chains[0], clause=both),))
