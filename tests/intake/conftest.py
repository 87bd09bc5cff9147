"""Files on disk, imported into a real database by what `POST /fhir` does."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from gateway import app, settings
from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource
from gateway.intake.files import by_folder, find
from gateway.intake.letters import again
from gateway.intake.load import Submit, load
from gateway.intake.report import ImportReport
from gateway.parts import Parts
from gateway.store import Store
from gateway.store.layout.records import Letter


class Importer(Protocol):
    async def __call__(self, *paths: Path, source: str = "") -> ImportReport: ...


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write `content` as a file below the test's folder: one object, or a list of them as NDJSON."""

    def write(name: str, content: Resource | list[Resource]) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        is_lines = isinstance(content, list)
        path.write_bytes(b"\n".join(map(fhir_json.dump, content)) if is_lines else fhir_json.dump(content))
        return path

    return write


@pytest.fixture
def submit(store: Store) -> Submit:
    parts: Any = Parts(settings.read(), store, store.internal.mappings, (), None)  # type: ignore[arg-type]
    return app.submit(parts)


@pytest.fixture(name="load")
def import_files(store: Store, submit: Submit) -> Importer:
    async def import_paths(*paths: Path, source: str = "") -> ImportReport:
        return await load(store, submit, by_folder(find(paths)), source=source)

    return import_paths


@pytest.fixture
def stored(store: Store) -> Callable[..., Awaitable[list[Resource]]]:
    """Return all live resources of a type, in the order of their ids."""

    async def stored(type_: str) -> list[Resource]:
        rows = store.database["resources"].find({"t": type_, "x": False}).sort("_id", 1)
        return [fhir_json.parse(bytes(row["b"])) async for row in rows]

    return stored


@pytest.fixture
def letters(store: Store) -> Callable[[], Awaitable[list[Letter]]]:
    async def letters() -> list[Letter]:
        return sorted(await store.letters.newest("import", 1000), key=lambda letter: letter.key)

    return letters


@pytest.fixture(name="again")
def import_again(store: Store, submit: Submit) -> Callable[[], Awaitable[ImportReport]]:
    async def send_again() -> ImportReport:
        return await again(store, submit)

    return send_again
