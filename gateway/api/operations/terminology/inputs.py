"""Read the parameters of an operation, in the query of a GET or in Parameters
(https://hl7.org/fhir/R4/operations.html#request).

Unknown parameters are ignored, which the standard leaves to servers.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from gateway.api.call.call import Call
from gateway.api.call.parameters import parameters
from gateway.errors import BadRequest
from gateway.fhir.fhir_json import Resource
from gateway.fhir.terminology.conceptmap import Also
from gateway.fhir.terminology.verdicts import Coded

_TEXTS = frozenset({"String", "Code", "Uri", "Url", "Canonical", "Id", "Oid", "Uuid", "Markdown", "DateTime", "Date"})
_NUMBER = re.compile(r"[0-9]{1,9}")


class Inputs:
    """The parameters by name. A wrong one raises BadRequest, which names it and its place.

    A body that is not Parameters is the one resource that the operation takes, sent bare as R4 allows; `resource` names
    its parameter (`valueSet` for `$expand`).
    """

    def __init__(self, call: Call, resource: str = "") -> None:
        self._given: dict[str, list[tuple[str, Any]]] = {}
        for name, value in call.query:
            self._given.setdefault(name, []).append(("", value))
        body = call.resource
        if body is None:
            return
        if body.get("resourceType") == "Parameters":
            for name, found in parameters(body):
                self._given.setdefault(name, []).append(found)
        elif resource and body.get("resourceType") == resource[0].upper() + resource[1:]:
            self._given.setdefault(resource, []).append(("resource", body))
        else:
            raise BadRequest("the body must be Parameters", expression="resourceType")

    def __contains__(self, name: str) -> bool:
        return name in self._given

    def text(self, name: str) -> str | None:
        """Return a string, code, uri or the like. An empty one in a query counts as absent."""
        found = self.texts(name)
        if len(found) > 1:
            raise _wrong(name, "may be given once only")
        return found[0] if found else None

    def needed(self, name: str) -> str:
        """Return the text. Raises BadRequest if it is missing."""
        found = self.text(name)
        if found is None:
            raise missing(name)
        return found

    def texts(self, name: str) -> list[str]:
        """Return all values of a parameter that may be repeated."""
        for element, value in self._given.get(name, ()):
            if not isinstance(value, str) or element.removeprefix("value") not in _TEXTS | {""}:
                raise _wrong(name, "must be a text, as its type is")
        return [value for _, value in self._given.get(name, ()) if value]

    def flag(self, name: str) -> bool | None:
        """Return a boolean, None if absent."""
        found = self._one(name)
        if found is None or isinstance(found, bool):
            return found
        if found not in ("true", "false"):
            raise _wrong(name, "must be true or false")
        return bool(found == "true")

    def number(self, name: str) -> int | None:
        """Return an integer of at least 0, None if absent."""
        found = self._one(name)
        if isinstance(found, int) and not isinstance(found, bool):
            found = str(found)
        if found is not None and not (isinstance(found, str) and _NUMBER.fullmatch(found)):
            raise _wrong(name, "must be a whole number, not below 0")
        return None if found is None else int(found)

    def coding(self, name: str) -> Coded | None:
        """Return a Coding, None if absent."""
        found = self._object(name, "valueCoding", "Coding")
        return None if found is None else _coded(found, name)

    def codings(self, name: str) -> list[Coded]:
        """Return the codings of a CodeableConcept."""
        return _codings(self._object(name, "valueCodeableConcept", "CodeableConcept") or {}, name)

    def dependencies(self) -> Iterator[Also]:
        """Return the values of other elements, for `$translate`."""
        for _, parts in self._given.get("dependency", ()):
            listed = [one for one in parts if isinstance(one, dict)] if isinstance(parts, list) else []
            given = {name: one for one in listed if isinstance(name := one.get("name"), str)}
            element = given.get("element", {}).get("valueUri")
            concept = given.get("concept", {}).get("valueCodeableConcept")
            if not isinstance(element, str) or not isinstance(concept, dict):
                raise _wrong("dependency", "must have the parts element and concept")
            yield from (Also(element, one) for one in _codings(concept, "dependency"))

    def resource(self, name: str, type_: str) -> Resource | None:
        """Return a resource of the type, None if absent."""
        found = self._object(name, "resource", type_)
        if found is not None and found.get("resourceType") != type_:
            raise _wrong(name, f"must hold a {type_}")
        return found

    def _object(self, name: str, element: str, type_: str) -> Resource | None:
        if len(self._given.get(name, ())) > 1:
            raise _wrong(name, "may be given once only")
        for holder, value in self._given.get(name, ()):
            if holder != element or not isinstance(value, dict):
                how = "" if holder else ", which takes a POST of Parameters"
                raise _wrong(name, f"must be a {type_}{how}")
            return value
        return None

    def _one(self, name: str) -> Any:
        found = [value for _, value in self._given.get(name, ()) if value != ""]
        if len(found) > 1:
            raise _wrong(name, "may be given once only")
        return found[0] if found else None


def _codings(concept: Resource, name: str) -> list[Coded]:
    given = concept.get("coding", [])
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise _wrong(name, "must be a CodeableConcept")
    return [_coded(one, name) for one in given]


def _coded(coding: Resource, name: str) -> Coded:
    try:
        return Coded.of(coding)
    except TypeError:
        raise _wrong(name, "must be made of a system, version, code and display, all texts") from None


def one_of(inputs: Inputs, names: Sequence[str]) -> str:
    """Return the name of the only one of these parameters that is present."""
    found = [name for name in names if name in inputs]
    if len(found) != 1:
        what = "none is" if not found else f"{' and '.join(found)} are"
        raise BadRequest(
            f"one, and only one, of the parameters {', '.join(names)} must be given; {what}",
            expression="Parameters.parameter",
        )
    return found[0]


def missing(name: str) -> BadRequest:
    """Return the error that a required parameter is missing."""
    return BadRequest(f"the parameter '{name}' is needed", expression=_at(name))


def _wrong(name: str, what: str) -> BadRequest:
    return BadRequest(f"the parameter '{name}' {what}", expression=_at(name))


def _at(name: str) -> str:
    return f"Parameters.parameter.where(name = '{name}')"
