"""List the elements of a resource that say why they have no value, at any depth (read-only).

The extension data-absent-reason stands on an element in place of its value, such as `masked` on a Quantity or on the
family name of a patient (https://hl7.org/fhir/R4/extension-data-absent-reason.html). Other types find no value there;
this type finds the reason.
"""

from collections.abc import Iterator
from typing import Any

from gateway.fhir import r4
from gateway.mapping.values.lens import Lens, Notes, Part, Type, Unreadable, join, text

URL = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
MOST = 100  # keeps a document far below the 16 MB of MongoDB, whatever its resource holds

_CONTAINED = "contained"


def read(resource: Any, notes: Notes) -> list[dict[str, str]] | None:
    """Return `[{path, reason}]` in the order of the resource; `path` is made of JSON names (`name[0].family`).

    None if no element says why it has no value. Contained resources are left out: they are resources of their own.
    """
    if resource.__class__ is not dict:
        raise Unreadable("not an object")
    if not _has_extensions(resource):
        return None
    reasons: list[dict[str, str]] = []
    for path, reason in _reasons(resource, ""):
        if len(reasons) == MOST:
            notes.append(("", f"more than {MOST} reasons for absent data"))
            break
        reasons.append({"path": path, "reason": reason})
    return reasons or None


def _has_extensions(resource: dict[str, Any]) -> bool:
    """Tell whether any object in the resource has extensions: most have none, and need no walk that builds paths."""
    objects = [resource]
    for node in objects:
        if "extension" in node:
            return True
        for value in node.values():
            if value.__class__ is dict:
                objects.append(value)
            elif value.__class__ is list:
                for item in value:
                    if item.__class__ is dict:
                        objects.append(item)
    return False


def _reasons(node: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for key, value in node.items():
        if value.__class__ is list:
            if key == "extension":
                yield from _reasons_in_extensions(value, path)
            elif key != _CONTAINED:
                for index, item in enumerate(value):
                    if item.__class__ is dict:
                        yield from _reasons(item, f"{join(path, key.removeprefix('_'))}[{index}]")
        elif value.__class__ is dict:
            yield from _reasons(value, join(path, key.removeprefix("_")))


def _reasons_in_extensions(extensions: list[Any], path: str) -> Iterator[tuple[str, str]]:
    """Yield the reasons that the extensions at `path` give, and those within their own values."""
    for index, extension in enumerate(extensions):
        if extension.__class__ is not dict:
            continue
        reason = extension.get("valueCode")
        if extension.get("url") != URL:
            yield from _reasons(extension, join(path, f"extension[{index}]"))
        elif reason.__class__ is str and reason:
            yield path, reason


_PARTS = (Part("", "path", text), Part("", "reason", text))
_LENS = Lens(read, parts=_PARTS, several=True)

TYPES = (Type("absent_reasons", dict.fromkeys(sorted(r4.resource_types()), _LENS)),)
