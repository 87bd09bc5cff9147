"""The store works where mongomotor is not installed: it is under another license, and an extra."""

import subprocess
import sys

WITHOUT = """
import asyncio, sys
for name in ("mongomotor", "mongoengine", "asyncblink", "blinker"):
    sys.modules[name] = None  # Python raises ModuleNotFoundError for it
from gateway import shipped
from gateway.mapping import Mappings
from gateway.store import Store
from gateway.store.internal import document_classes
from gateway.store.layout.records import Write

async def main(uri):
    assert not document_classes.installed()
    async with await Store.open(uri, "test_without_mongomotor", Mappings.load(shipped.mappings())) as store:
        patient = {"resourceType": "Patient", "id": "p", "gender": "female"}
        await store.commit(Write("Patient", "p", patient, "api"))
        document = await store.internal.find("patients", "p")
        await store.drop()
        print(document["sex"])

asyncio.run(main(sys.argv[1]))
"""


async def test_resources_and_documents_are_stored_without_mongomotor(mongo: str) -> None:
    ended = subprocess.run([sys.executable, "-c", WITHOUT, mongo], capture_output=True, text=True, check=False)
    assert ended.stdout == "female\n", ended.stderr


def test_mongomotor_is_used_where_it_is_installed() -> None:
    from gateway.store.internal import document_classes

    assert document_classes.installed()
