"""Remove what described the old value when a document is edited: the fifth law of mappings.

`gateway.mapping.writing.record_writer` has written the edited fields and nothing else. Each object that it wrote is
compared here with the object that stood there before. If a value changed and the edit left its dependent as it was, the
dependent is removed with a warning, kept with a warning, or the edit is refused, as `gateway.mapping.attached.tables`
says.
"""

from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from gateway.errors import Invalid
from gateway.fhir import r4
from gateway.fhir.fhir_json import Resource
from gateway.fhir.path.type_model import JsonField, ancestors, fields
from gateway.mapping.attached import contained, extensions
from gateway.mapping.attached.identity import codings_replaced, still_true, units_agree
from gateway.mapping.attached.tables import (
    REMOVAL,
    UNLISTED,
    DependentRule,
    Node,
    applies,
    is_husk,
    members,
    rules,
    without,
)
from gateway.mapping.values.lens import Origins

REMOVED = "described the value before the edit, and was removed with it"
EMPTIED = "was left without its value, and was removed"
ORPHANED = "was referred to only by what the edit took out, and was removed with it"
KEPT = "stays as it was beside a value that changed: check that it still says the same"


class EditWarning(NamedTuple):
    """Something the editor should know; `path` is a FHIRPath in the resource as written."""

    path: str
    text: str


class EditedResource(NamedTuple):
    """A resource after an edit, and what the editor should know about it."""

    resource: Resource
    warnings: tuple[EditWarning, ...]


def settle(before: Resource | None, after: Resource, origins: Origins) -> EditedResource:
    """Return `after`, written from `before` (None: a new resource), without what describes values that are gone.

    Raises Invalid, with a FHIRPath as `expression`, if only the editor can decide what is meant.
    """
    if after is before:
        return EditedResource(after, ())
    type_ = str(after.get("resourceType"))
    walk = _Walk(origins)
    resource = walk.object(type_, before, after, type_)
    if before is not None:
        resource, orphans = contained.without_orphans(before, resource)
        walk.warnings += [EditWarning(f"{type_}.{path}", ORPHANED) for path in orphans]
    return EditedResource(resource, tuple(walk.warnings))


@cache
def _fields_of(type_: str) -> dict[str, tuple[str, JsonField]]:
    """Return JSON key -> name of the element and its field."""
    definition = r4.types().get(type_)
    names = definition.elements if definition is not None else {}
    return {key.key: (name, key) for name in names for key in fields(type_, name)}


@cache
def _choices(type_: str) -> dict[str, list[str]]:
    """Return the name of each element that can have several types -> its JSON keys."""
    keys_of: dict[str, list[str]] = {}
    for key, (name, _) in _fields_of(type_).items():
        keys_of.setdefault(name, []).append(key)
    return {name: keys for name, keys in keys_of.items() if len(keys) > 1}


@dataclass
class _Walk:
    """A visit to each object that was written, from the inside out. `warnings` are in that order."""

    origins: Origins
    warnings: list[EditWarning] = field(default_factory=list)

    def object(self, type_: str, before: Node | None, after: Node, path: str) -> Node:
        """Return `after` without what describes the values that `before` had; an empty object if nothing is left."""
        new = self._inside(type_, before, after, path)
        ruled = f"extension({after.get('url')})" if type_ == "Extension" else type_
        if before is not None:
            new, unlisted = self._beside_elements(ruled, before, after, new, path)
            new = self._extensions(type_, before, new, path, unlisted=unlisted)
            new = self._narrative(type_, before, new, path)
        if "Quantity" in ancestors(type_):
            self._unit(before, new, path)
        if before is None or (not new.keys() <= {"id"} and not _is_husk(ruled, before, new)):
            return new
        if not new.keys() <= {"id"}:
            self.warnings.append(EditWarning(path, EMPTIED))
        return {}

    def _inside(self, type_: str, before: Node | None, after: Node, path: str) -> Node:
        new: Node = {}
        for key, value in after.items():
            name, place = _fields_of(type_).get(key, ("", None))
            untouched = before is not None and value is before.get(key)
            if untouched or place is None or place.primitive or place.resource:
                new[key] = value
            elif (inner := self._value(place.type, (before or {}).get(key), value, f"{path}.{name}")) or not value:
                new[key] = inner
        return new

    def _value(self, type_: str, before: Any, value: Any, path: str) -> Any:
        if not isinstance(value, list):
            return self._child(type_, value, path)
        untouched = {id(item) for item in before} if isinstance(before, list) else set()
        items = [
            item if id(item) in untouched else self._child(type_, item, f"{path}[{index}]")
            for index, item in enumerate(value)
        ]
        kept = [item for item, was in zip(items, value, strict=True) if item or not was]
        kept, gone = extensions.without_reasons(path, before, kept)
        self.warnings += [EditWarning(at, text) for at, text in gone]
        return kept

    def _child(self, type_: str, value: Any, path: str) -> Any:
        return self.object(type_, self.origins.of(value), value, path) if isinstance(value, dict) else value

    def _beside_elements(self, type_: str, before: Node, after: Node, new: Node, path: str) -> tuple[Node, bool]:
        """Return `new` without the dependents that go, and whether extensions of unknown meaning go too."""
        if type_ == "CodeableConcept" and (left := codings_replaced(before, after)):
            raise _refusal(f"{path}.coding[{left[0]}]", "coding")
        unlisted = False
        for rule in rules(type_):
            if rule.when == REMOVAL or _is_narrative(rule) or not applies(rule, type_, before, after):
                continue
            for name in rule.dependents:
                if name == UNLISTED:
                    unlisted = True
                elif (old := members(before, type_, name)) is not None and members(after, type_, name) == old:
                    new = self._dependent(rule, name, type_, after, new, path)
        return new, unlisted

    def _narrative(self, type_: str, before: Node, new: Node, path: str) -> Node:
        """Return `new` without a narrative of what the edit changed, the reasons of absence that went included."""
        for rule in rules(type_):
            if _is_narrative(rule) and applies(rule, type_, before, new) and new.get("text") == before.get("text"):
                new = self._dependent(rule, "text", type_, new, new, path) if "text" in new else new
        return new

    def _dependent(self, rule: DependentRule, name: str, type_: str, after: Node, new: Node, path: str) -> Node:
        at = f"{path}.{_as_path(name)}"
        if rule.then == "refused":
            raise _refusal(at, " or ".join(rule.value))
        if rule.then == "told" or written_by_people(type_, name, after):
            if any(members(after, type_, value) is not None for value in rule.value):
                self.warnings.append(EditWarning(at, KEPT))
            return new
        if members(new, type_, name) is None or still_true(type_, name, after):
            return new
        self.warnings.append(EditWarning(at, REMOVED))
        return without(new, type_, name)

    def _extensions(self, type_: str, before: Node, new: Node, path: str, *, unlisted: bool) -> Node:
        paths = {key: f"{path}.{name}" for key, (name, place) in _fields_of(type_).items() if place.primitive}
        choices = {f"{path}.{name}": keys for name, keys in _choices(type_).items()}
        gone = extensions.of_another_type(choices, before, new)
        new, beside = extensions.beside_primitives(paths, before, new)
        new, whole = extensions.of_object(type_, path, before, new, unlisted=unlisted)
        self.warnings += [EditWarning(at, text) for at, text in [*gone, *beside, *whole]]
        return new

    def _unit(self, before: Node | None, new: Node, path: str) -> None:
        """Refuse a unit that contradicts the code beside it, where the edit brought the contradiction."""
        if before is not None and all(before.get(key) == new.get(key) for key in ("unit", "system", "code")):
            return
        agree = units_agree(new)
        if agree is False and before is not None:
            text = "names another unit than the code beside it: change unit and code alike, or leave the unit out"
            raise Invalid(f"{path}.unit: {text}", expression=f"{path}.unit")
        alone = before is not None and "unit" in new and "code" in new and before.get("code") == new["code"]
        if agree is False or (agree is None and alone):
            self.warnings.append(EditWarning(f"{path}.unit", "stands beside a code: check that both name one unit"))


def _is_narrative(rule: DependentRule) -> bool:
    """Return whether a rule is about the text of a whole resource."""
    return rule.value == ("*",) and rule.dependents == ("text",)


def _is_husk(type_: str, before: Node, after: Node) -> bool:
    """Return whether all that is left described a value that is gone, and is as it was."""
    return is_husk(type_, before, after) and all(before.get(key) == part for key, part in after.items())


def _as_path(name: str) -> str:
    """Return a name of the tables as FHIRPath."""
    return f"extension('{name[10:-1]}')" if name.startswith("extension(") else name.removesuffix("[x]")


def written_by_people(type_: str, name: str, after: Node) -> bool:
    """Return whether a dependent is a narrative that was not generated. It says more than the elements do, so only its
    author can change it."""
    definition = r4.types().get(type_)
    if name != "text" or definition is None or definition.kind != "resource":
        return False
    narrative = after.get("text")
    return not isinstance(narrative, dict) or narrative.get("status") not in ("generated", "extensions")


def _refusal(path: str, value: str) -> Invalid:
    text = f"describes {value} as it was before the edit: change it too, or take it out"
    return Invalid(f"{path}: {text}", expression=path)
