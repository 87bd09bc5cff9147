"""Lenient sources send what is no valid resource; what cannot be indexed is refused, and hinders nothing else."""

import asyncio
from typing import Any

import pytest

from gateway.errors import GatewayError, Invalid
from gateway.store import Store, Write
from gateway.store.write import decide

ODD: list[dict[str, Any]] = [
    {"resourceType": "Observation", "code": {"coding": ["x"]}},
    {"resourceType": "Patient", "name": [{"given": 3}]},
]


@pytest.mark.parametrize("resource", ODD)
async def test_a_structure_that_cannot_be_indexed_is_refused_alone(store: Store, resource: dict[str, Any]) -> None:
    odd = Write(resource["resourceType"], "odd", resource, "partner:x")
    good = Write("Patient", "good", {"resourceType": "Patient"}, "partner:x")
    refused, stored = await asyncio.gather(store.commit(odd), store.commit(good), return_exceptions=True)
    assert isinstance(refused, Invalid) and isinstance(stored, list)
    assert await store.resources.counts() == {"Patient": 1}


async def test_a_valid_resource_that_cannot_be_indexed_is_a_fault_of_ours(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(resource: dict[str, Any]) -> dict[str, Any]:
        raise AttributeError("secret")

    monkeypatch.setattr(decide, "index", fails)
    with pytest.raises(GatewayError) as caught:
        await store.commit(Write("Patient", "a", {"resourceType": "Patient"}, "api"))
    assert caught.value.status == 500 and "secret" not in caught.value.text
    with pytest.raises(Invalid):
        await store.commit(Write("Patient", "a", {"resourceType": "Patient", "gender": 3}, "api"))
