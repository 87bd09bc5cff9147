"""What is larger than MongoDB takes is refused with its reason, and the rest of the file is stored."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from gateway.fhir.fhir_json import Resource
from gateway.store.layout.records import Letter
from gateway.store.write.admission import LARGEST
from tests.intake.conftest import Importer
from tests.intake.samples import PATIENT, bundle, entry


async def test_the_neighbours_of_a_giant_are_imported(
    write: Callable[..., Path],
    load: Importer,
    stored: Callable[[str], Awaitable[list[Resource]]],
    letters: Callable[[], Awaitable[list[Letter]]],
) -> None:
    giant: dict[str, Any] = {
        "resourceType": "Binary",
        "id": "b",
        "contentType": "a/b",
        "data": "A" * (LARGEST // 4 * 4 + 4),
    }
    report = await load(write("file.json", bundle("collection", entry("", PATIENT), entry("", giant))))
    assert (report.stored, report.refused) == (1, 1)
    assert len(await stored("Patient")) == 1 and await stored("Binary") == []
    (letter,) = await letters()
    assert letter.reason == "too-long" and f"at most {LARGEST}" in letter.detail
