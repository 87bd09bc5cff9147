"""Search a compartment: the resources of a patient, an encounter, a practitioner…

https://hl7.org/fhir/R4/compartmentdefinition.html
"""

from collections.abc import Iterable

from gateway.errors import NotFound
from gateway.fhir import r4
from gateway.search.context import Context
from gateway.search.definitions.parameters import parameters
from gateway.search.notation.tokens import NOTHING, Filter, starting
from gateway.search.tree.clauses import Bound
from gateway.search.types.reference import pointing, roots

_ITSELF = "{def}"
"""What the definitions have in place of a parameter for the owner itself."""
_RANK = 2
"""That of a reference, see Parameter.rank."""


def compartment(owner: str, id_: str | None, types: Iterable[str], context: Context) -> Bound:
    """Return the clause that a resource of `types` is in the compartment of `owner/id_`; without an id, of any `owner`.

    Raises NotFound if R4 defines no such compartment, or puts none of these types into it.
    """
    defined = r4.compartments().get(owner)
    if defined is None:
        raise NotFound(f"R4 defines no compartment of a {owner}")
    within: dict[str, tuple[Filter, list[str]]] = {}
    for type_ in types:
        filter_ = (
            _within_any(owner, type_, context) if id_ is None else _within(owner, f"{owner}/{id_}", type_, context)
        )
        within.setdefault(repr(filter_), (filter_, []))[1].append(type_)
    alike = [(filter_, types_) for filter_, types_ in within.values() if filter_ != NOTHING]
    if within and not alike:
        raise NotFound(f"the compartment of a {owner} holds nothing of this type")
    if id_ is not None and len(alike) == 1 and len(alike[0][1]) == 1:
        return Bound((alike[0][0],), rank=_RANK)
    return Bound(tuple({"t": {"$in": types_}, **filter_} for filter_, types_ in alike), rank=_RANK)


def members(owner: str) -> tuple[str, ...]:
    """Return the types that a compartment may hold, its owner's first."""
    return tuple(dict.fromkeys((owner, *r4.compartments().get(owner, {}))))


def _within(owner: str, key: str, type_: str, context: Context) -> Filter:
    """Return the filter of one type in one compartment. A resource is in its own compartment."""
    names = _names(owner, type_)
    pointed = pointing(names, [key], context.base) if names else NOTHING
    if type_ != owner:
        return pointed
    return {"$or": [{"_id": key}, pointed]} if names else {"_id": key}


def _within_any(owner: str, type_: str, context: Context) -> Filter:
    if type_ == owner:
        return {}
    pointed = [starting(f"{name}|{root}{owner}/") for name in _names(owner, type_) for root in roots(context.base)]
    return {"$or": pointed} if pointed else NOTHING


def _names(owner: str, type_: str) -> tuple[str, ...]:
    """Return the parameters, as they are stored, that put a resource into a compartment."""
    named = r4.compartments()[owner].get(type_, ())
    return tuple(sorted({stored for name in named if name != _ITSELF for stored in parameters(type_)[name].stored}))
