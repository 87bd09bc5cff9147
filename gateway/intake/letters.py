"""What earlier imports refused, tried again."""

from collections.abc import Callable, Iterator

from gateway.errors import GatewayError
from gateway.fhir import json
from gateway.intake.bundles import bundles
from gateway.intake.files import Read
from gateway.intake.load import SOURCE, Report, Submit, load
from gateway.store import Store
from gateway.store.records import Letter

_MOST = 100_000


async def again(store: Store, submit: Submit, progress: Callable[[int], None] = lambda entries: None) -> Report:
    """Sends the payloads of the import's dead letters, oldest first. A letter goes only once its payload is stored, or
    when other letters have taken its place."""
    waiting = [letter for letter in reversed(await store.list_letters(SOURCE, _MOST)) if letter.payload is not None]
    failed: set[str] = set()

    async def keep(letter: Letter) -> None:
        failed.add(letter.key)
        await store.add_letter(letter)

    report = await load([bundles(_reads(waiting))], submit, keep, progress)
    for letter in waiting:
        if letter.key not in failed:
            await store.remove_letter(SOURCE, letter.key)
    return report


def _reads(letters: list[Letter]) -> Iterator[Read]:
    for letter in letters:
        payload = letter.payload or b""
        try:
            yield Read(letter.key, payload, json.parse(payload))
        except GatewayError as error:
            yield Read(letter.key, payload, None, error.text)
