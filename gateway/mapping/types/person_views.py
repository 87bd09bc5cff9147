"""Views of people: whether they are real, how their names, addresses and telephone numbers are compared (read-only)."""

from typing import Any

from gateway.mapping.quality import people
from gateway.mapping.values.lens import Lens, Notes, Odd, Part, Reader, Type, text


def _object(read: Reader) -> Reader:
    def reader(value: Any, notes: Notes) -> Any:
        if value.__class__ is not dict:
            raise Odd("not an object")
        return read(value, notes)

    return reader


def _phone(value: dict[str, Any], notes: Notes) -> str | None:
    return people.phone(value) or None


_PHONES = (Part("", "value", text), Part("", "use", text))
_PLACE = (
    Part("", "lines", text, many=True),
    Part("", "city", text),
    Part("", "postal_code", text),
    Part("", "state", text),
    Part("", "country", text),
)

TYPES = (
    Type("test_patient", {"Patient": Lens(_object(people.test_patient), leaf="boolean")}),
    Type("phones", {"Patient": Lens(_object(people.phones), parts=_PHONES, several=True)}),
    Type("phone", {"ContactPoint": Lens(_object(_phone), leaf="text")}),
    Type("name_key", {"HumanName": Lens(_object(lambda value, notes: people.name_key(value)), leaf="text")}),
    Type("address_key", {"Address": Lens(_object(lambda value, notes: people.place(value)), parts=_PLACE)}),
)
