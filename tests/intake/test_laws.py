"""Laws of the import: no order and no mixture of sources loses a resource, and importing again changes nothing."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource
from gateway.intake.files import by_folder
from gateway.intake.load import Submit, load
from gateway.store import Store
from tests.intake.samples import COMPOSITION, bundle, observation

_IDS = st.sampled_from(["1", "2"])
_FULL_URLS = st.sampled_from(
    ["urn:uuid:transient-{}", "resource:{}", "urn:oid:1.2.{}", "http://{}.example/fhir/Patient/{}"]
)


@st.composite
def files(draw: Any) -> list[tuple[str, Resource]]:
    """Bundles that use the same few ids and fullUrls for different people, each with one result of that person."""
    made = []
    for number in range(draw(st.integers(2, 5))):
        id_, template = draw(_IDS), draw(_FULL_URLS)
        server = template.startswith("http")
        full_url = template.format(f"server{number}", id_) if server else template.format(id_)
        has_id = draw(st.booleans())
        patient = {"resourceType": "Patient", "name": [{"family": f"F{number}"}]} | ({"id": id_} if has_id else {})
        relative = has_id and draw(st.booleans())
        result = observation(f"Patient/{id_}" if relative else full_url, f"F{number}")
        result_url = full_url.replace("/Patient/", "/Observation/") if server else f"urn:uuid:result-{id_}"
        entries = [{"fullUrl": full_url, "resource": patient}, {"fullUrl": result_url, "resource": result}]
        type_ = draw(st.sampled_from(["document", "collection"]))
        identifier = {"system": "s", "value": draw(st.sampled_from(["copied", f"{number}"]))}
        more = {"identifier": identifier, "timestamp": "2024-05-01T10:00:00Z"} if type_ == "document" else {}
        entries = [{"fullUrl": "urn:uuid:transient-0", "resource": COMPOSITION}, *entries] if more else entries
        made.append((f"{draw(st.sampled_from('ab'))}/{number}.json", bundle(type_, *entries, **more)))
    return made


async def _state(store: Store) -> dict[str, Resource]:
    rows = store.database["resources"].find({"x": False})
    return {row["_id"]: fhir_json.parse(bytes(row["b"])) async for row in rows}


async def _empty(store: Store) -> None:
    for name in ("resources", "versions", "imports", "letters", "state"):
        await store.database[name].delete_many({})


async def test_any_order_of_any_mixture_keeps_everybody_and_importing_again_changes_nothing(
    store: Store, submit: Submit
) -> None:
    loop = asyncio.get_running_loop()

    async def holds(written: list[tuple[str, Resource]], order: list[int], one_by_one: bool) -> None:
        await _empty(store)
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for name, content in written:
                path = Path(folder, name)
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(fhir_json.dump(content))
                paths.append(path)
            ordered = [paths[number] for number in order]
            runs = [[path] for path in ordered] if one_by_one else [ordered]
            for run in runs:
                await load(store, submit, by_folder(run))
            state = await _state(store)
            _check(state, {f"F{number}" for number in range(len(written))})
            report = await load(store, submit, by_folder(ordered))
            assert (report.stored, report.refused) == (0, 0)
            assert await _state(store) == state

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def law(data: Any) -> None:
        written = data.draw(files())
        order = data.draw(st.permutations(range(len(written))))
        asyncio.run_coroutine_threadsafe(holds(written, order, data.draw(st.booleans())), loop).result()

    await asyncio.to_thread(law)


def _check(state: dict[str, Resource], everybody: set[str]) -> None:
    patients = {key: one["name"][0]["family"] for key, one in state.items() if one["resourceType"] == "Patient"}
    results = [one for one in state.values() if one["resourceType"] == "Observation"]
    assert sorted(patients.values()) == sorted(everybody)
    assert {one["valueString"]: patients.get(one["subject"]["reference"]) for one in results} == {
        family: family for family in everybody
    }
