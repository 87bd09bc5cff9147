"""Decide which extensions are removed when an edit changes the value that they describe, and which may stay."""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from gateway.errors import Invalid
from gateway.fhir import fhir_json
from gateway.fhir.path.type_model import fields
from gateway.mapping.attached.tables import ExtensionRule, Node, is_data_type, members, value_of
from gateway.mapping.attached.tables import extensions as table

_LISTED = "described the value before the edit, and was removed with it"
_UNLISTED = "is not known to hold for the new value, and was removed with the old one"
_REASON = "said why there was no value, and was removed now that there is one"
_CONTRADICTION = "says why there is no value, beside a value: leave one of them out"

_ASIDE = frozenset({"id", "extension", "modifierExtension"})

Gone = list[tuple[str, str]]
"""(path of an extension, why it is gone)"""


def beside_primitives(paths: Mapping[str, str], before: Node, after: Node) -> tuple[Node, Gone]:
    """Return `after` without the extensions beside primitives (`_birthDate`) that describe a value it no longer has.

    `paths`: JSON key of each primitive -> path of its element. Raises Invalid for a reason of absence that is written
    beside a value.
    """
    new, gone = dict(after), Gone()
    for key, path in paths.items():
        beside = after.get("_" + key)
        if isinstance(beside, list):
            values, kept = _list(path, before, after, key, gone)
            _set(new, key, values)
            _set(new, "_" + key, kept)
        elif isinstance(beside, dict):
            _set(new, "_" + key, _single(path, before, after, key, gone))
    return new, gone


def of_another_type(choices: Mapping[str, Sequence[str]], before: Node, after: Node) -> Gone:
    """Return the extensions that went because a choice has another type now; `choices`: path -> JSON keys."""
    gone = Gone()
    for path, keys in choices.items():
        old = [key for key in keys if key in before or "_" + key in before]
        new = [key for key in keys if key in after]
        for key in old if new and new != old else ():
            lost = [*_of(before.get("_" + key)), *_of(before.get(key))]
            gone += [_removal(path, extension, table().get(_url(extension))) for extension in lost]
    return gone


def _set(node: Node, key: str, value: Any) -> None:
    if value:
        node[key] = value
    else:
        node.pop(key, None)


def _single(path: str, before: Node, after: Node, key: str, gone: Gone) -> Any:
    beside, old = after["_" + key], before.get("_" + key)
    changed = before.get(key) != after.get(key)
    left = {fhir_json.dump(extension) for extension in _of(old)}
    return _kept(beside, left, after.get(key), path, gone, changed=changed)


def _list(path: str, before: Node, after: Node, key: str, gone: Gone) -> tuple[list[Any], list[Any]]:
    """Return the values and the object beside each, without the positions at which neither is left."""
    values, beside = _even(after.get(key), after["_" + key])
    were, besides = _even(before.get(key), before.get("_" + key))
    left = {fhir_json.dump(extension) for old in besides for extension in _of(old)}
    stood = {fhir_json.dump(pair) for pair in zip(were, besides, strict=True)}
    placed = list[tuple[Any, Any]]()
    filled = _is_filled(zip(were, besides, strict=True), values)
    for index, (value, near) in enumerate(zip(values, beside, strict=True)):
        if filled and value is None and near in besides:
            gone += _removals(f"{path}[{index}]", near)
            continue
        changed = fhir_json.dump((value, near)) not in stood
        kept = _kept(near, left, value, f"{path}[{index}]", gone, changed=changed) if near else near
        if value is not None or kept is not None or near is None:
            placed.append((value, kept))
    if not any(near for _, near in placed):
        return [value for value, _ in placed if value is not None], []
    return _unless_empty([value for value, _ in placed]), [near for _, near in placed]


def _is_filled(before: Iterable[tuple[Any, Any]], after: Iterable[Any]) -> bool:
    """Return whether a list of nothing but reasons why there is no value got its first value."""
    pairs = list(before)
    reasons = all(value is None and only_reason(near) for value, near in pairs)
    return bool(pairs) and reasons and any(value is not None for value in after)


def only_reason(node: Any) -> bool:
    """Return whether an object holds nothing but why there is no value."""
    if not isinstance(node, dict) or not node.keys() <= {"id", "extension"}:
        return False
    rules = [table().get(_url(extension)) for extension in _of(node)]
    return bool(rules) and all(rule is not None and rule.then == "reason" for rule in rules)


def without_reasons(path: str, before: Any, after: list[Any]) -> tuple[list[Any], Gone]:
    """Return the items of `after` without those that say why the list has no item, where the edit wrote its first."""
    were = before if isinstance(before, list) else []
    if not were or not all(map(only_reason, were)) or all(map(only_reason, after)):
        return after, []
    gone = Gone()
    for index, item in enumerate(after):
        gone += _removals(f"{path}[{index}]", item) if item in were else []
    return [item for item in after if item not in were], gone


def _removals(at: str, node: Any) -> Gone:
    return [_removal(at, extension, table().get(_url(extension))) for extension in _of(node)]


def _unless_empty(values: list[Any]) -> list[Any]:
    return values if any(value is not None for value in values) else []


def _even(values: Any, beside: Any) -> tuple[list[Any], list[Any]]:
    values, beside = values if isinstance(values, list) else [], beside if isinstance(beside, list) else []
    count = max(len(values), len(beside))
    return [*values, *[None] * (count - len(values))], [*beside, *[None] * (count - len(beside))]


def _kept(beside: Node, left: Set[bytes], value: Any, at: str, gone: Gone, *, changed: bool) -> Node | None:
    """Return what may stay beside `value`; `left`: the JSON of extensions that were there before."""
    kept, present = [], _of(beside)
    for extension in present:
        rule = table().get(_url(extension))
        if fhir_json.dump(extension) not in left:
            _refuse_reason(rule, at, contradicts=value is not None)
            kept.append(extension)
        elif not changed or _stays(rule, value):
            kept.append(extension)
        else:
            gone.append(_removal(at, extension, rule))
    if len(kept) == len(present) and (present or value is not None or not changed):
        return beside
    rest = {key: part for key, part in beside.items() if key != "extension"}
    if kept:
        return {**beside, "extension": kept}
    return rest if rest and (value is not None or not changed) else None


def _stays(rule: ExtensionRule | None, value: Any) -> bool:
    if rule is None:
        return False
    return rule.then == "stays" if value is not None else rule.then == "reason"


def of_object(type_: str, path: str, before: Node, after: Node, *, unlisted: bool) -> tuple[Node, Gone]:
    """Return `after`, an object of a FHIR type, without its own extensions that describe what `before` was.

    `unlisted`: whether to remove extensions that describe the whole object or are not in the table.
    """
    old, now, gone, kept = _of(before), _of(after), Gone(), []
    for extension in now:
        rule = table().get(_url(extension))
        if extension not in old:
            _refuse_reason(rule, path, contradicts=_has_value(type_, after))
            kept.append(extension)
        elif _goes(rule, type_, before, after, unlisted=unlisted):
            gone.append(_removal(path, extension, rule))
        else:
            kept.append(extension)
    if not gone:
        return after, gone
    rest = {key: part for key, part in after.items() if key != "extension"}
    return {key: part if key != "extension" else kept for key, part in after.items()} if kept else rest, gone


def _goes(rule: ExtensionRule | None, type_: str, before: Node, after: Node, *, unlisted: bool) -> bool:
    if rule is None or (rule.then == "goes" and not rule.describes):
        return unlisted
    if rule.then == "reason":
        return _gives_value(type_, before, after)
    return rule.then == "goes" and _changed(rule.describes, type_, before, after)


def _gives_value(type_: str, before: Node, after: Node) -> bool:
    """Return whether the edit wrote the value whose absence has a reason.

    An object that is no data type has a value where it has an element of that name; in others any new element counts.
    """
    if is_data_type(type_):
        return _has_value(type_, after) and _changed(value_of(type_), type_, before, after)
    value = {field.key for field in fields(type_, "value")}
    added = {key for key in after.keys() - before.keys() if key not in _ASIDE and not key.startswith("_")}
    return bool(added & value if value else added)


def _changed(names: Iterable[str], type_: str, before: Node, after: Node) -> bool:
    return any(members(before, type_, name) != members(after, type_, name) for name in names)


def _has_value(type_: str, node: Node) -> bool:
    return any(members(node, type_, name) is not None for name in value_of(type_))


def _refuse_reason(rule: ExtensionRule | None, at: str, *, contradicts: bool) -> None:
    if contradicts and rule is not None and rule.then == "reason":
        raise Invalid(f"{at}: {_CONTRADICTION}", expression=at)


def _removal(at: str, extension: Any, rule: ExtensionRule | None) -> tuple[str, str]:
    text = _UNLISTED if rule is None else _REASON if rule.then == "reason" else _LISTED
    return f"{at}.extension('{_url(extension)}')", text


def _of(beside: Any) -> list[Any]:
    extensions: Any = beside.get("extension") if isinstance(beside, dict) else None
    return extensions if isinstance(extensions, list) else []


def _url(extension: Any) -> str:
    return str(extension.get("url", "")) if isinstance(extension, dict) else ""
