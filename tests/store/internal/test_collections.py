"""Collections and indexes follow the mappings; what is not ours stays."""

import uuid
from pathlib import Path

import pytest

from gateway.mapping import Mappings
from gateway.store import Store

HEAD = "resource: Patient\ncollection: people\n"
FIELDS = "fields:\n  born: {path: birthDate, type: date}\n  sex: {path: gender, type: code}\n"


@pytest.fixture
def database() -> str:
    """Its indexes are what is tested."""
    return f"test_{uuid.uuid4().hex[:12]}"


def mappings(folder: Path, *indexes: str) -> Mappings:
    text = HEAD + ("indexes:\n" + "".join(f"  - {one}\n" for one in indexes) if indexes else "") + FIELDS
    (folder / "patient.yaml").write_text(text, "utf-8")
    return Mappings.load(folder)


async def names(store: Store) -> set[str]:
    return {*(await store.database["people"].index_information())} - {"_id_", "quality.rule_1"}


async def test_indexes_come_at_once_and_go_only_when_the_mappings_are_applied(store: Store, tmp_path: Path) -> None:
    await store.internal.use(
        mappings(tmp_path, "born", "{fields: [sex, -born], sparse: true}", "{fields: sex, present: born}")
    )
    await store.database["people"].create_index("mine")
    first = {"map born", "map sex -born (sparse)", "map sex (with born)", "mine_1"}
    assert await names(store) == first
    information = await store.database["people"].index_information()
    assert information["map sex -born (sparse)"]["sparse"] is True
    assert information["map sex (with born)"]["partialFilterExpression"] == {"born": {"$exists": True}}
    await store.internal.use(mappings(tmp_path, "[born, sex]"))
    assert await names(store) == first | {"map born sex"}
    await store.internal.apply(lambda done, total: None)
    assert await names(store) == {"map born sex", "mine_1"}


async def test_one_that_is_there_under_another_name_will_do(store: Store, tmp_path: Path) -> None:
    await store.database["people"].create_index("born")
    await store.internal.use(mappings(tmp_path, "born", "sex"))
    assert await names(store) == {"born_1", "map sex"}
