"""Any units, committed concurrently, come to what a dictionary comes to when given them one after the other."""

import asyncio
import uuid
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import PreconditionFailed
from gateway.fhir import fhir_json
from gateway.store import Result, Store, Write
from tests.store.resources import consistent, patient

Model = dict[str, tuple[int, int | None]]
"""id -> version and content, None when deleted"""

guards = st.sampled_from([{}, {}, {}, {"if_match": 1}, {"if_match": 2}, {"if_match": 3}, {"if_absent": True}])
wishes = st.tuples(st.sampled_from("abcd"), st.none() | st.integers(0, 2), guards)
units = st.lists(wishes, min_size=1, max_size=3, unique_by=lambda wish: wish[0])


def apply(model: Model, unit: list[tuple[str, int | None, dict[str, Any]]]) -> list[tuple[str, int]] | None:
    """(action, version) per write, version 0 if there is none; None if the unit is refused."""
    for id_, _, guard in unit:
        version, now = model.get(id_, (0, None))
        if "if_match" in guard and (now is None or version != guard["if_match"]):
            return None
    outcome = []
    for id_, content, guard in unit:
        version, now = model.get(id_, (0, None))
        if "if_absent" in guard and now is not None:
            outcome.append(("exists", version))
        elif content == now:
            outcome.append(("unchanged", version))
        else:
            action = "delete" if content is None else "create" if now is None else "update"
            model[id_] = (version + 1, content)
            outcome.append((action, version + 1))
    return outcome


def seen(outcome: list[Result] | BaseException) -> list[tuple[str, int]] | None:
    if isinstance(outcome, PreconditionFailed):
        return None
    assert isinstance(outcome, list)
    return [(one.action, one.stored.version if one.stored else 0) for one in outcome]


@given(st.lists(units, max_size=30))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_concurrent_units_equal_their_sequence(store: Store, wanted: list[Any]) -> None:
    prefix = uuid.uuid4().hex[:8]

    def write(id_: str, content: int | None, guard: dict[str, Any]) -> Write:
        key = f"{prefix}-{id_}"
        return Write("Patient", key, None if content is None else patient(key, n=content), "api", **guard)

    model: Model = {}
    expected = [apply(model, unit) for unit in wanted]
    commits = [store.commit(*(write(*wish) for wish in unit)) for unit in wanted]
    outcomes = await asyncio.gather(*commits, return_exceptions=True)
    assert [seen(one) for one in outcomes] == expected
    for id_, (version, content) in model.items():
        stored = await store.resources.read("Patient", f"{prefix}-{id_}")
        assert stored and (stored.version, stored.deleted) == (version, content is None)
        assert stored.deleted or fhir_json.parse(stored.body)["n"] == content
    await consistent(store)
