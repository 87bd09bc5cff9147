"""Compute what matching needs of people: test patients, and names, addresses and telephone numbers in one form.

These types can only be read (docs/explanation/data-quality.md).
"""

from typing import Any

from gateway.mapping.quality import people
from gateway.mapping.values.lens import Lens, Notes, Part, Reader, Type, Unreadable, text


def _of_object(read: Reader) -> Reader:
    """Return `read` for objects only: any other value raises Unreadable."""

    def reader(value: Any, notes: Notes) -> Any:
        if value.__class__ is not dict:
            raise Unreadable("not an object")
        return read(value, notes)

    return reader


def _phone(value: dict[str, Any], notes: Notes) -> str | None:
    return people.phone(value) or None


_PHONES = (Part("", "value", text), Part("", "use", text))
_ADDRESS = (
    Part("", "lines", text, many=True),
    Part("", "city", text),
    Part("", "postal_code", text),
    Part("", "state", text),
    Part("", "country", text),
)

TYPES = (
    Type("test_patient", {"Patient": Lens(_of_object(people.test_patient), leaf="boolean")}),
    Type("phones", {"Patient": Lens(_of_object(people.phones), parts=_PHONES, several=True)}),
    Type("phone", {"ContactPoint": Lens(_of_object(_phone), leaf="text")}),
    Type("name_key", {"HumanName": Lens(_of_object(lambda value, notes: people.name_key(value)), leaf="text")}),
    Type("address_key", {"Address": Lens(_of_object(lambda value, notes: people.address_key(value)), parts=_ADDRESS)}),
)
