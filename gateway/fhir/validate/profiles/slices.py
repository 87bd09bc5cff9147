"""To which slice an item belongs (https://hl7.org/fhir/R4/profiling.html#discriminator).

An item matches a slice when it matches it by every discriminator: the discriminator's path leads, in the item, to
values, and in the slice to what is asked of them.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from gateway.fhir import path, r4
from gateway.fhir.validate.profiles.definition import Expected, Node, Slicing, TypeOf
from gateway.fhir.validate.profiles.given import STRUCTURE, Given
from gateway.fhir.validate.profiles.items import Item, is_a
from gateway.fhir.validate.profiles.matching import dug, meets

_STEPS = re.compile(r"((?:\([^)]*+\)|[^.(])++)(?:\.|$)")
_EXTENSION = re.compile(r"extension\('([^']+)'\)")
_OF_TYPE = re.compile(r"ofType\((\w+)\)")

_Test = Callable[[Item], bool]

_BY_URL = Slicing((("value", "url"),), "open", False)
_BY_TYPE = Slicing((("type", "$this"),), "open", False)


class Sliced(NamedTuple):
    """The name of the slice of each item, None for those of no slice; and the slices nobody here can tell."""

    names: list[str | None]
    untold: frozenset[str]


def sliced(node: Node, found: list[Item], given: Given) -> Sliced:
    """Each item belongs to the first slice it matches. Where a slice depends on a target that is not at hand, or on a
    value set that cannot be expanded, who is in it stays open."""
    slicing = node.slicing if node.slicing and node.slicing.discriminators else None
    if slicing is None:
        slicing = _BY_URL if node.name in ("extension", "modifierExtension") else _BY_TYPE
    tests: dict[str, list[_Test | None]] = {
        name: [_test(kind, where, slice_, found, given) for kind, where in slicing.discriminators]
        for name, slice_ in node.slices.items()
    }
    told = {name: [test for test in of if test is not None] for name, of in tests.items() if None not in of}
    names = [next((name for name, of in told.items() if all(test(item) for test in of)), None) for item in found]
    return Sliced(names, frozenset(tests.keys() - told.keys()))


def _test(kind: str, where: str, slice_: Node, found: list[Item], given: Given) -> _Test | None:
    """Whether an item matches `slice_` by one discriminator; None if that cannot be told."""
    if kind in ("value", "pattern") and where == "url" and slice_.name in ("extension", "modifierExtension"):
        addresses = _addresses(slice_)
        return lambda item: item.value is not None and str(item.value.get("url")) in addresses
    if "resolve()" in where and not all(_at_hand(kind, where, item, given) for item in found):
        return None
    asked = _asked(slice_, _STEPS.findall(where), given)
    nodes = [one for one in asked if isinstance(one, Node)]
    match kind:
        case "exists":
            return _by_existence(where, nodes, given)
        case "type":
            return _by_type(where, set().union(*map(_codes, nodes)), given)
        case "profile":
            return _by_profile(where, nodes, given)
    if not any(_discriminates(one, given) for one in asked):
        return None
    return lambda item: all(
        any(_satisfied(one, value, given) for value in _values(where, item, given)) for one in asked
    )


def _at_hand(kind: str, where: str, item: Item, given: Given) -> bool:
    """Of a target that is not at hand the type may be known from the reference."""
    target = where.partition("resolve()")[0] + "resolve()"
    return _holds(f"({target}).exists()", item, given) if kind == "type" else bool(_found(target, item, given))


def _by_existence(where: str, nodes: list[Node], given: Given) -> _Test | None:
    wanted = {one.max != "0" for one in nodes if one.min or one.max == "0"}
    return (lambda item: {bool(_values(where, item, given))} == wanted) if wanted else None


def _by_type(where: str, codes: set[str], given: Given) -> _Test | None:
    if not codes:
        return None
    if where.endswith("resolve()"):
        return lambda item: any(_holds(f"({where}).where($this is {code}).exists()", item, given) for code in codes)
    return lambda item: any(is_a(value.type, codes) for value in _values(where, item, given))


def _by_profile(where: str, nodes: list[Node], given: Given) -> _Test | None:
    roots = [given.root_of(url) for one in nodes for type_ in one.types for url in type_.profiles]
    known = [root for root in roots if root is not None]
    if not known or len(known) < len(roots):
        return None

    def test(item: Item) -> bool:
        values = _values(where, item, given)
        return any(
            is_a(value.type, {root.id}) and given.sound(root, value, given) for root in known for value in values
        )

    return test


def _codes(node: Node) -> set[str]:
    """The types a node allows; the root of a profile has that of the profile."""
    return {type_.code for type_ in node.types} if node.types or "." in node.id else {node.id}


def _addresses(slice_: Node) -> set[str]:
    """The url of an extension's slice: fixed there, or that of the profile it names."""
    url = slice_.children.get("url")
    if url is not None and url.expected is not None:
        return {url.expected.value}
    return {profile for type_ in slice_.types for profile in type_.profiles}


def _values(where: str, item: Item, given: Given) -> list[Item]:
    if where == "$this":
        return [item] if item.value is not None else []
    found = _found(where, item, given)
    return [Item(item.path, type_, value) for type_, value in found if type_ in r4.types()]


def _holds(criterion: str, item: Item, given: Given) -> bool:
    return _found(criterion, item, given) == [("boolean", True)]


def _found(expression: str, item: Item, given: Given) -> list[tuple[str, Any]]:
    if item.value is None:
        return []
    try:
        compiled = path.compile(expression)
        return compiled.typed(item.value, type=item.type, resource=given.resource, rootResource=given.root)
    except path.PathError:
        return []


def _asked(node: Node, steps: list[str], given: Given) -> list[Node | Expected]:
    """What `node` asks at the end of a discriminator's path."""
    if not steps:
        return [node]
    step, rest = steps[0], steps[1:]
    if step == "$this":
        return _asked(node, rest, given)
    if node.expected is not None:
        return [*dug(node.expected, steps)]
    if step == "resolve()":
        roots = [given.root_of(url) for type_ in node.types for url in type_.targets]
        known = [root for root in roots if root is not None]
        return [one for root in known for one in _asked(root, rest, given)] or list(_targets(node, rest))
    below = _below(node, step)
    if below is None:
        roots = [given.root_of(url) for type_ in node.types for url in type_.profiles]
        return [one for root in roots if root is not None for one in _asked(root, steps, given)]
    # What is asked of an element is often asked of one of its slices: `category:lab.coding:loinc.code`.
    return _asked(below, rest, given) + [
        one for slice_ in below.slices.values() if slice_.min for one in _asked(slice_, rest, given)
    ]


def _targets(node: Node, rest: list[str]) -> Iterator[Node]:
    """The types a reference may point to, where the discriminator is the type of the target."""
    if not rest:
        made = Node(node.id, node.name)
        names = [url.removeprefix(STRUCTURE) for type_ in node.types for url in type_.targets]
        made.types = tuple(TypeOf(name, (), ()) for name in names)
        yield made


def _below(node: Node, step: str) -> Node | None:
    if found := _EXTENSION.fullmatch(step):
        extensions = node.children.get("extension")
        known = extensions.slices.values() if extensions is not None else ()
        return next((one for one in known if found[1] in _addresses(one)), None)
    if found := _OF_TYPE.fullmatch(step):
        typed = (one for one in node.slices.values() if found[1] in {type_.code for type_ in one.types})
        return next(typed, node)
    return node.children.get(step.removesuffix("[x]"))


def _discriminates(asked: Node | Expected, given: Given) -> bool:
    if isinstance(asked, Expected) or asked.expected is not None:
        return True
    if asked.value_set is not None and given.expand(asked.value_set) is not None:
        return True
    below = [*asked.children.values(), *(one for child in asked.children.values() for one in child.slices.values())]
    return any(_discriminates(child, given) for child in below)


def _satisfied(asked: Node | Expected, value: Item, given: Given) -> bool:
    """What else a slice asks of an item that is its own does not decide whether it is."""
    if isinstance(asked, Expected):
        return meets(value.value, asked)
    if asked.expected is not None:
        return meets(value.value, asked.expected)
    return given.sound(asked, value, given)
