"""Suggest what was probably meant by the name of an element or function that does not exist."""

from collections.abc import Iterable
from difflib import get_close_matches

from gateway.fhir import r4
from gateway.fhir.path.functions import FUNCTIONS


def for_element(types: Iterable[str], name: str) -> str:
    """Return `; write …` or `; did you mean …?` for an element that no type has, "" if no name is similar."""
    names: dict[str, str] = {}
    for type_ in sorted(types):
        definition = r4.types().get(type_)
        for element, defined in (definition.elements if definition else {}).items():
            for code in defined.types if defined.choice else ():
                if name == element + code[0].upper() + code[1:]:
                    return f"; write {element}.ofType({code}): {name} is its name in JSON"
            if name == f"_{element}":
                return f"; write {element}.extension('…'): {name} is its name in JSON"
            names[_folded(element)] = element
    if name == "x":
        return "; a choice such as value[x] is written without [x]"
    if name in FUNCTIONS:
        return f"; did you mean {name}()?"
    return _nearest(name, names)


def for_function(name: str) -> str:
    """Return `; did you mean …()?` for a function that does not exist, "" if no name is similar."""
    return _nearest(name, {_folded(function): function for function in FUNCTIONS}, "()")


def _nearest(name: str, names: dict[str, str], suffix: str = "") -> str:
    matches = get_close_matches(_folded(name), names, n=1, cutoff=0.7)
    return f"; did you mean {names[matches[0]]}{suffix}?" if matches else ""


def _folded(name: str) -> str:
    return name.replace("_", "").lower()
