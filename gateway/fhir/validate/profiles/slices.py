"""Find the slice that an item belongs to (https://hl7.org/fhir/R4/profiling.html#discriminator).

An item matches a slice if it matches by every discriminator. The path of the discriminator leads to values in the item,
and to rules for them in the slice.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from gateway import budget
from gateway.fhir import path, r4
from gateway.fhir.validate.profiles.definition import Expected, Node, Slicing, TypeOf
from gateway.fhir.validate.profiles.given import Given
from gateway.fhir.validate.profiles.items import ProfiledItem, is_a
from gateway.fhir.validate.profiles.matching import dug, meets
from gateway.fhir.validate.profiles.registry import core_type

_STEPS = re.compile(r"((?:\([^)]*+\)|[^.(])++)(?:\.|$)")
_EXTENSION = re.compile(r"extension\('([^']+)'\)")
_OF_TYPE = re.compile(r"ofType\((\w+)\)")

_Test = Callable[[ProfiledItem], bool | None]
"""Whether an item is in a slice, by one discriminator; None if that cannot be decided."""

_SOME_CODE = ProfiledItem("", "code", "?")

_BY_URL = Slicing((("value", "url"),), "open", False)
_BY_TYPE = Slicing((("type", "$this"),), "open", False)


class Sliced(NamedTuple):
    """names: the slice of each item, None for an item of no slice.
    undecided: for each item, the slices that it may be in but need not; empty if its slice is known.
    """

    names: list[str | None]
    undecided: list[frozenset[str]]


def sliced(node: Node, found: list[ProfiledItem], given: Given) -> Sliced:
    """Return the slice of each item, which is the first that it matches. This may stay undecided if a slice depends on
    a target that is not at hand, or on a value set whose members are not known."""
    slicing = node.slicing if node.slicing and node.slicing.discriminators else None
    if slicing is None and node.name in ("extension", "modifierExtension"):
        slicing = _BY_URL
    elif slicing is None and node.choice:
        slicing = _BY_TYPE
    by = slicing.discriminators if slicing is not None else ()
    tests = {
        name: [_test(kind, where, slice_, given) for kind, where in by] or [_undecided]
        for name, slice_ in node.slices.items()
    }
    places = [_place(tests, item) for item in found]
    return Sliced([name for name, _ in places], [undecided for _, undecided in places])


def _place(tests: dict[str, list[_Test]], item: ProfiledItem) -> tuple[str | None, frozenset[str]]:
    undecided = set()
    for name, slice_tests in tests.items():
        budget.check()
        match = all_of(test(item) for test in slice_tests)
        if match:
            return name, frozenset()
        if match is None:
            undecided.add(name)
    return None, frozenset(undecided)


def all_of(verdicts: Iterable[bool | None]) -> bool | None:
    """Return False if a verdict is False, else None if a verdict is None, else True."""
    undecided = False
    for verdict in verdicts:
        if verdict is False:
            return False
        undecided = undecided or verdict is None
    return None if undecided else True


def any_of(verdicts: Iterable[bool | None]) -> bool | None:
    """Return True if a verdict is True, else None if a verdict is None, else False."""
    undecided = False
    for verdict in verdicts:
        if verdict:
            return True
        undecided = undecided or verdict is None
    return None if undecided else False


def _undecided(item: ProfiledItem) -> None:
    return None


def _test(kind: str, where: str, slice_: Node, given: Given) -> _Test:
    """Return the test whether an item matches `slice_` by one discriminator."""
    if kind in ("value", "pattern") and where == "url" and slice_.name in ("extension", "modifierExtension"):
        addresses = _addresses(slice_)
        return lambda item: item.value is not None and str(item.value.get("url")) in addresses
    test = _test_at_hand(kind, where, slice_, given)
    if "resolve()" not in where:
        return test
    return lambda item: test(item) if _at_hand(kind, where, item, given) else None


def _test_at_hand(kind: str, where: str, slice_: Node, given: Given) -> _Test:
    asked = _asked(slice_, _STEPS.findall(where), given)
    nodes = [one for one in asked if isinstance(one, Node)]
    match kind:
        case "exists":
            return _by_existence(where, nodes, given)
        case "type":
            return _by_type(where, set().union(*map(_codes, nodes)), given)
        case "profile":
            return _by_profile(where, nodes, given)
        case "value" | "pattern" if any(map(_discriminates, asked)):
            return lambda item: all_of(
                any_of(_satisfied(one, value, given) for value in _values(where, item, given)) for one in asked
            )
    return _undecided


def _at_hand(kind: str, where: str, item: ProfiledItem, given: Given) -> bool:
    """Return whether the target of a reference can be judged. For its type, the text of the reference may be enough."""
    target = where.partition("resolve()")[0] + "resolve()"
    return _holds(f"({target}).exists()", item, given) if kind == "type" else bool(_found(target, item, given))


def _by_existence(where: str, nodes: list[Node], given: Given) -> _Test:
    wanted = {one.max != "0" for one in nodes if one.min or one.max == "0"}
    return (lambda item: {bool(_values(where, item, given))} == wanted) if wanted else _undecided


def _by_type(where: str, codes: set[str], given: Given) -> _Test:
    if not codes:
        return _undecided
    if where.endswith("resolve()"):
        return lambda item: any(_holds(f"({where}).where($this is {code}).exists()", item, given) for code in codes)
    return lambda item: any(is_a(value.type, codes) for value in _values(where, item, given))


def _by_profile(where: str, nodes: list[Node], given: Given) -> _Test:
    """Return the test by profile; a type that names no profile is matched by the type alone."""
    if not any(_codes(node) for node in nodes):
        return _undecided
    return lambda item: any_of(
        _meets_profile(node, value, given) for node in nodes for value in _values(where, item, given)
    )


def _meets_profile(node: Node, value: ProfiledItem, given: Given) -> bool | None:
    if "." not in node.id and not node.types:  # the root of a profile
        return is_a(value.type, {node.id}) and given.sound(node, value, given)
    allowed = [type_ for type_ in node.types if is_a(value.type, {type_.code})]
    return any_of(verdict for type_ in allowed for verdict in _by_each(type_, value, given))


def _by_each(type_: TypeOf, value: ProfiledItem, given: Given) -> Iterator[bool | None]:
    for url in type_.profiles:
        if core := core_type(url):
            yield is_a(value.type, {core})
        else:
            root = given.root_of(url)
            yield given.sound(root, value, given) if root is not None else None
    if not type_.profiles:
        yield True


def _codes(node: Node) -> set[str]:
    """Return the types that a node allows; for the root of a profile, the type of the profile."""
    return {type_.code for type_ in node.types} if node.types or "." in node.id else {node.id}


def _addresses(slice_: Node) -> set[str]:
    """Return the urls of an extension slice: fixed in the slice, or that of the profile it names."""
    url = slice_.children.get("url")
    if url is not None and url.expected is not None:
        return {str(url.expected.value)}
    return {profile.partition("|")[0] for type_ in slice_.types for profile in type_.profiles}


def _values(where: str, item: ProfiledItem, given: Given) -> list[ProfiledItem]:
    if where == "$this":
        return [item] if item.value is not None else []
    found = _found(where, item, given)
    return [ProfiledItem(item.path, type_, value) for type_, value in found if type_ in r4.types()]


def _holds(criterion: str, item: ProfiledItem, given: Given) -> bool:
    return _found(criterion, item, given) == [("boolean", True)]


def _found(expression: str, item: ProfiledItem, given: Given) -> list[tuple[str, Any]]:
    if item.value is None:
        return []
    try:
        compiled = path.compile(expression)
        return compiled.typed(item.value, type=item.type, resource=given.resource, rootResource=given.root)
    except path.PathError:
        return []


def _asked(node: Node, steps: list[str], given: Given) -> list[Node | Expected]:
    """Return the rules of `node` at the end of a discriminator's path."""
    if not steps:
        return [node]
    step, rest = steps[0], steps[1:]
    if step == "$this":
        return _asked(node, rest, given)
    if node.expected is not None and (within := dug(node.expected, steps)):
        return [*within]
    if step == "resolve()":
        return [one for type_ in node.types for url in type_.targets for one in _target(node, url, rest, given)]
    below = _below(node, step)
    if below is None:
        roots = [given.root_of(url) for type_ in node.types for url in type_.profiles]
        return [one for root in roots if root is not None for one in _asked(root, steps, given)]
    # What is asked of an element is often asked of one of its slices: `category:lab.coding:loinc.code`.
    return _asked(below, rest, given) + [
        one for slice_ in below.slices.values() if slice_.min for one in _asked(slice_, rest, given)
    ]


def _target(node: Node, url: str, rest: list[str], given: Given) -> list[Node | Expected]:
    """Return the rules for the target of a reference: those of its profile, else only its type."""
    root = given.root_of(url)
    if root is not None:
        return _asked(root, rest, given)
    core = core_type(url)
    if core is None or rest:
        return []
    return [Node(node.id, node.name, types=(TypeOf(core, (), ()),))]


def _below(node: Node, step: str) -> Node | None:
    if found := _EXTENSION.fullmatch(step):
        extensions = node.children.get("extension")
        known = extensions.slices.values() if extensions is not None else ()
        return next((one for one in known if found[1] in _addresses(one)), None)
    if found := _OF_TYPE.fullmatch(step):
        typed = (one for one in node.slices.values() if found[1] in {type_.code for type_ in one.types})
        return next(typed, node)
    return node.children.get(step.removesuffix("[x]"))


def _discriminates(asked: Node | Expected) -> bool:
    if isinstance(asked, Expected):
        return True
    return any(node.expected is not None or _value_sets(node) for node in _subtree(asked))


def _subtree(node: Node) -> list[Node]:
    """Return the node and all below it, each once: an element may refer to an element above it."""
    visited = {id(node): node}
    waiting = [node]
    for parent in waiting:
        below = [
            *parent.children.values(),
            *(slice_ for child in parent.children.values() for slice_ in child.slices.values()),
        ]
        new = {id(part): part for part in below if id(part) not in visited}
        visited |= new
        waiting += new.values()
    return waiting


def _value_sets(node: Node) -> list[str]:
    return [binding.value_set for binding in node.bindings if binding.strength == "required"]


def why_undecided(slice_: Node, given: Given) -> str:
    """Say which value set of the slice cannot be judged, "" if all can."""
    for value_set in dict.fromkeys(address for node in _subtree(slice_) for address in _value_sets(node)):
        verdict = given.judge(value_set, _SOME_CODE)
        if verdict.member is None:
            return verdict.text
    return ""


def _satisfied(asked: Node | Expected, value: ProfiledItem, given: Given) -> bool | None:
    """Return whether a value meets the rules that decide about the slice; its other rules are left out. None if
    undecided.
    """
    if isinstance(asked, Expected):
        return meets(value.value, asked)
    if asked.expected is not None:
        return meets(value.value, asked.expected)
    verdicts = [given.judge(value_set, value).member for value_set in _value_sets(asked)]
    if not verdicts or any(map(_discriminates, _subtree(asked)[1:])):
        verdicts.append(given.sound(asked, value, given))
    return all_of(verdicts)
