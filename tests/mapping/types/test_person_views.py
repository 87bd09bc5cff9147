"""What matching needs of people."""

from typing import Any

import pytest

from gateway.mapping.types.person_views import TYPES
from gateway.mapping.values.lens import Unreadable

BY_NAME = {type_.name: next(iter(type_.lenses.values())) for type_ in TYPES}


@pytest.mark.parametrize(
    ("type_", "value", "expected"),
    [
        ("test_patient", {"name": [{"family": "ZZTEST"}]}, True),
        ("test_patient", {"name": [{"family": "Tester"}]}, None),
        ("phones", {"address": [{"country": "US"}], "telecom": [{"system": "phone", "value": "202-456-1111"}]},
         [{"value": "+12024561111"}]),
        ("phone", {"system": "phone", "value": "+49 30 227 0"}, "+49302270"),
        ("phone", {"system": "email", "value": "a@b.c"}, None),
        ("name_key", {"family": "O’Brien-Muñoz", "given": ["Ana María"]}, "obrienmunoz|anamaria"),
        ("name_key", {"family": "A"}, None),
        ("address_key", {"line": ["1 Main St"], "postalCode": "ab1 2cd", "country": "England"},
         {"lines": ["1 Main St"], "postal_code": "AB1 2CD", "country": "GB"}),
        ("address_key", {"country": "?"}, None),
    ],
)  # fmt: skip
def test_each_view_gives_one_form(type_: str, value: dict[str, Any], expected: Any) -> None:
    assert BY_NAME[type_].get(value, []) == expected


@pytest.mark.parametrize("type_", sorted(BY_NAME))
def test_views_read_objects_only_and_write_nothing(type_: str) -> None:
    assert BY_NAME[type_].put is None
    with pytest.raises(Unreadable, match="not an object"):
        BY_NAME[type_].get(["text"], [])
