"""Views of Observations share what they read."""

from decimal import Decimal
from typing import Any

import pytest

from gateway.mapping.types.observation_views import TYPES, types
from gateway.mapping.values.lens import NodeCache, Notes, Unreadable
from tests.mapping.quality.support import concept, observation

BY_NAME = {type_.name: type_ for type_ in TYPES}


def view(name: str, node: dict[str, Any], cache: NodeCache) -> tuple[Any, Notes]:
    lens, notes = BY_NAME[name].lenses["Observation"], Notes()
    assert lens.view is not None
    return lens.view(node, notes, cache), notes


def test_an_observation_is_read_once_for_all_views_of_it() -> None:
    cache: NodeCache = {}
    node = observation("2823-3", "4.10", "meq/L")
    measured, notes = view("measured", node, cache)
    assert (measured["number"], measured["unit"], notes) == (Decimal("4.10"), "mmol/L", [])
    kept = {**cache}
    label, _ = view("label", node, cache)
    assert (label["level"], label["by"]) == ("normal", "default range") and cache == kept


def test_a_view_without_a_cache_gives_the_same() -> None:
    node = observation("2345-7", "100", "mg/dL")
    for name in ("measured", "label", "fingerprint"):
        assert BY_NAME[name].lenses["Observation"].get(node, []) == view(name, node, {})[0]


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_anything_but_an_object_is_unreadable(name: str) -> None:
    [*lenses] = BY_NAME[name].lenses.values()
    with pytest.raises(Unreadable, match="not an object"):
        lenses[0].get("text", [])


def test_a_map_of_local_codes_decides_what_they_mean() -> None:
    local = {"urn:lab|K": "2823-3"}
    node = {"code": concept("K", system="urn:lab"), "valueQuantity": {"value": Decimal("4.1"), "unit": "mmol/L"}}
    by_map = {type_.name: type_ for type_ in types(local)}
    assert by_map["measured"].lenses["Observation"].get(node, [])["code"] == {
        "system": "http://loinc.org",
        "code": "2823-3",
    }
    assert by_map["preferred"].lenses["CodeableConcept"].get(node["code"], [])["mapped"] is True
    assert BY_NAME["measured"].lenses["Observation"].get(node, [])["code"] == {"system": "urn:lab", "code": "K"}


def test_fields_with_the_same_map_share_their_lenses() -> None:
    lenses_by = BY_NAME["label"].lenses_by
    assert lenses_by is not None
    assert lenses_by({"a|b": "2823-3"}) is lenses_by({"a|b": "2823-3"})
    assert lenses_by({"a|b": "2823-3"}) is not lenses_by({})
