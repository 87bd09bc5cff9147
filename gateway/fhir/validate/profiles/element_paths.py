"""Tell whether an element that a profile names exists in R4."""

from gateway.fhir import r4
from gateway.fhir.validate.shape import members

_ANY = frozenset({"Resource", "DomainResource"})


def exists(type_: str, steps: list[str]) -> bool:
    """Tell whether `type_` has the element; `steps` is its id below the root: `["value[x]:valueQuantity", "code"]`.

    True also if a resource of any type may stand on the way.
    """
    owners = {type_}
    for step in steps:
        if owners & _ANY and type_ not in _ANY:
            return True
        owners = {code for owner in owners for code in _below(owner, step)}
        if not owners:
            return False
    return True


def _below(owner: str, step: str) -> set[str]:
    """Return the types of an element in `owner`, none if there is no such element."""
    written, _, slice_name = step.partition(":")
    name = written.removesuffix("[x]")
    definition = r4.types()[owner]
    element = definition.elements.get(name) or r4.types()["Element"].elements.get(name)
    if element is None:
        return {owner} if definition.kind == "primitive" and name == "value" else set()
    forms = {key: code for key, code in members(name, element) if code in r4.types()}
    return {forms[slice_name]} if element.choice and slice_name in forms else set(forms.values())
