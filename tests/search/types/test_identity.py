"""`_id`, which is a column of the stored document."""

import pytest

from gateway.errors import BadRequest
from gateway.fhir import r4
from gateway.search.context import NO_CONTEXT
from gateway.search.definitions.parameters import Parameter
from gateway.search.types import identity

ON_PATIENT = Parameter("_id", "identity", "", targets=("Patient",), stored=("_id",))
ON_ALL = Parameter("_id", "identity", "", stored=("_id",))


def test_an_id_of_one_type_is_one_key() -> None:
    assert identity.where("_id", ON_PATIENT, None, " a ", NO_CONTEXT) == {"_id": "Patient/a"}


def test_an_id_of_all_types_is_a_key_of_each() -> None:
    keys = identity.where("_id", ON_ALL, None, "a", NO_CONTEXT)["_id"]["$in"]
    assert keys == [f"{type_}/a" for type_ in sorted(r4.resource_types())]


@pytest.mark.parametrize("value", ["", " ", "a|b"])
def test_another_text_is_refused(value: str) -> None:
    with pytest.raises(BadRequest, match=r"'_id'.*not an id"):
        identity.where("_id", ON_PATIENT, None, value, NO_CONTEXT)


def test_every_resource_has_an_id_and_no_entry_for_it() -> None:
    assert identity.present("_id", ON_PATIENT) == {}
    assert identity.index("_id", "id", "a") == []
