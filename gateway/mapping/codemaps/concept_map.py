"""Read ConceptMap JSON as a code map (https://hl7.org/fhir/R4/conceptmap.html).

A field holds a code without a system, so all groups of a map are read together: `source` and `target` of a group only
tell people where its codes come from. A target that is `unmatched` or `disjoint` leaves its code without a
translation. What a code alone cannot decide (`dependsOn`, `product`, `other-map`) is refused, not ignored.
"""

import re
from typing import Any

from gateway.errors import GatewayError
from gateway.fhir import fhir_json
from gateway.mapping.codemaps.code_rows import Fault, Row, Rows, repeated
from gateway.mapping.source import json_positions
from gateway.mapping.source.json_positions import Path

# https://hl7.org/fhir/R4/valueset-concept-map-equivalence.html; True if the target corresponds to the code.
EQUIVALENCES = {
    "relatedto": True,
    "equivalent": True,
    "equal": True,
    "wider": True,
    "subsumes": True,
    "narrower": True,
    "specializes": True,
    "inexact": True,
    "unmatched": False,
    "disjoint": False,
}

# ConceptMap.group.unmapped.mode -> the policy for uncovered codes
_MODES = {"provided": "keep", "fixed": "default"}
_LINE = re.compile(r"at line (\d+)")


def read(text: str) -> Rows:
    """Read the rows of a ConceptMap, and all its faults."""
    try:
        resource = fhir_json.parse(text)
    except GatewayError as error:
        line = _LINE.search(error.text)
        return Rows((), (Fault(int(line[1]) if line else 1, error.text.rstrip(".")),))
    return _ConceptMapReader(text).read(resource)


class _ElementFault(Exception):
    """A fault of the element at `path`."""

    def __init__(self, path: Path, text: str) -> None:
        super().__init__(text)
        self.path, self.text = path, text


class _ConceptMapReader:
    """The reader of one file. It works out the lines of the elements once."""

    def __init__(self, text: str) -> None:
        self._lines = json_positions.lines(text)
        self._rows: list[Row] = []
        self._faults: list[Fault] = []
        self._unmapped: tuple[str, str | None] | None = None

    def read(self, resource: Any) -> Rows:
        if resource.get("resourceType") != "ConceptMap":
            return Rows((), (Fault(1, f"expected a ConceptMap, not {resource.get('resourceType')!r}"),))
        for path, group in self._each(resource, (), "group"):
            for at, element in self._each(group, path, "element"):
                try:
                    self._rows.append(self._row(element, at))
                except _ElementFault as fault:
                    self._fault(fault.path, fault.text)
            if "unmapped" in group:
                self._uncovered(group["unmapped"], (*path, "unmapped"))
        uncovered, fixed = self._unmapped or (None, None)
        faults = tuple(repeated(self._rows, self._faults))
        return Rows(tuple(self._rows), faults, uncovered, fixed)  # type: ignore[arg-type]

    def _line(self, path: Path) -> int:
        """Return the line of an element, or of the nearest element around it if it is missing."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def _fault(self, path: Path, text: str) -> None:
        self._faults.append(Fault(self._line(path), text))

    def _each(self, node: dict[str, Any], path: Path, name: str) -> list[tuple[Path, dict[str, Any]]]:
        """Return the objects of a repeating element with their paths; an item that is not an object is a fault."""
        items = node.get(name, [])
        if not isinstance(items, list):
            self._fault((*path, name), f"`{name}` must be a list")
            return []
        found = []
        for index, item in enumerate(items):
            if isinstance(item, dict):
                found.append(((*path, name, index), item))
            else:
                self._fault((*path, name, index), f"an item of `{name}` must be an object")
        return found

    def _row(self, element: dict[str, Any], path: Path) -> Row:
        code = _text(element, path, "code")
        targets = [(at, *_target(target, at, code)) for at, target in self._each(element, path, "target")]
        matched = [(at, target_code, relation) for at, target_code, relation in targets if target_code is not None]
        if len(matched) > 1:
            raise _ElementFault(
                matched[1][0], f"code {code!r} has several targets: {', '.join(repr(m[1]) for m in matched)}"
            )
        if matched:
            _, target_code, relation = matched[0]
            return Row(code, target_code, self._line(path), relation)
        return Row(code, None, self._line(path), targets[0][2] if targets else "unmatched")

    def _uncovered(self, unmapped: Any, path: Path) -> None:
        mode = unmapped.get("mode") if isinstance(unmapped, dict) else None
        if mode not in _MODES:
            self._fault((*path, "mode"), f"unmapped.mode {mode!r} is not supported: write {' or '.join(_MODES)}")
            return
        fixed = unmapped.get("code") if mode == "fixed" else None
        if mode == "fixed" and not (isinstance(fixed, str) and fixed):
            self._fault(path, "unmapped.mode fixed needs a `code`: write the code that others become")
        elif self._unmapped not in (None, (_MODES[mode], fixed)):
            self._fault(path, "the groups disagree about unmapped codes: write the same `unmapped` in each")
        else:
            self._unmapped = _MODES[mode], fixed


def _target(target: dict[str, Any], path: Path, code: str) -> tuple[str | None, str]:
    """Return (target code, None if nothing corresponds; equivalence) of one target."""
    for word in ("dependsOn", "product"):
        if word in target:
            raise _ElementFault((*path, word), f"code {code!r}: `{word}` depends on more than the code: take it out")
    relation = target.get("equivalence")
    if relation not in EQUIVALENCES:
        allowed = ", ".join(EQUIVALENCES)
        raise _ElementFault((*path, "equivalence"), f"code {code!r}: equivalence {relation!r} must be one of {allowed}")
    return (_text(target, path, "code") if EQUIVALENCES[relation] else None), relation


def _text(node: dict[str, Any], path: Path, name: str) -> str:
    value = node.get(name)
    if not isinstance(value, str) or not value:
        raise _ElementFault((*path, name), f"expected a `{name}`, found {value!r}")
    return value
