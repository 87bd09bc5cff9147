"""Views of people: whether they are real, how their names, addresses and telephone numbers are compared (read-only)."""

from typing import Any

from gateway.mapping.quality import people
from gateway.mapping.types.shape import Notes, Odd, Reader, Type


def _object(read: Reader) -> Reader:
    def reader(value: Any, notes: Notes) -> Any:
        if value.__class__ is not dict:
            raise Odd("not an object")
        return read(value, notes)

    return reader


def _phone(value: dict[str, Any], notes: Notes) -> str | None:
    return people.phone(value) or None


TYPES = (
    Type("test_patient", {"Patient": _object(people.test_patient)}),
    Type("phones", {"Patient": _object(people.phones)}),
    Type("phone", {"ContactPoint": _object(_phone)}),
    Type("name_key", {"HumanName": _object(lambda value, notes: people.name_key(value))}),
    Type("address_key", {"Address": _object(lambda value, notes: people.place(value))}),
)
