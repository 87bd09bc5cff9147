"""Try again what earlier imports refused."""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from gateway.errors import GatewayError
from gateway.fhir import fhir_json
from gateway.intake.items import ImportStep, Item, RefusedItem, Requests, requests_of, step_of
from gateway.intake.load import SOURCE, Progress, Sending, Submit
from gateway.intake.report import ImportReport
from gateway.store import Store
from gateway.store.layout.records import Letter

SUPERSEDED = "the resource was written since"
_MOST = 100_000
_ENTRY = re.compile(r"(.*#Bundle\.entry\[)(\d+)\]")
_LABEL = re.compile(r"(.*?)(?::\d+)?(?:#Bundle\.entry\[\d+\])?")


async def again(store: Store, submit: Submit, progress: Progress = lambda entries: None) -> ImportReport:
    """Send the import's dead letters again as they were meant, oldest first.

    A transaction is sent as a transaction, a request with its method and conditions, a resource under the id that its
    import gave it. A letter is removed once its content is stored, or something newer is. A letter that cannot be read
    stays: the file must be corrected and imported again.
    """
    report = ImportReport()
    sending = Sending(store, submit, report, progress, parallel=4)
    waiting = list(reversed(await store.letters.newest(SOURCE, _MOST)))
    for requests, answer in await sending.all(_items(store, waiting, report)):
        await sending.refuse_whole(requests, answer)
    return report


async def _items(store: Store, letters: Sequence[Letter], report: ImportReport) -> AsyncIterator[Item]:
    for letter in letters:
        item = _item(letter)
        if isinstance(item, ImportStep):
            if await _is_superseded(store, letter, item):
                report.skip(item.path, SUPERSEDED)
                await store.letters.remove(SOURCE, letter.key)
            else:
                yield [item]
        else:
            yield item


def _item(letter: Letter) -> Requests | RefusedItem | ImportStep:
    match = _LABEL.fullmatch(letter.key)
    path = match[1] if match else letter.key
    unreadable = RefusedItem(letter.key, path, letter.reason, letter.detail, letter.payload or b"")
    try:
        bundle = fhir_json.parse(letter.payload or b"")
    except GatewayError:
        return unreadable
    if bundle.get("resourceType") == "Bundle" and bundle.get("type") in ("transaction", "batch"):
        return requests_of(letter.key, path, bundle)
    try:
        return step_of(letter.key, path, bundle)
    except (LookupError, ValueError, TypeError, AttributeError):
        return unreadable


async def _is_superseded(store: Store, letter: Letter, step: ImportStep) -> bool:
    """Return whether something newer is here than a version that does not say when it was made.

    That is so if something was stored after the refusal, or if the stored version stood before this one in the same
    history, which lists the newest first.
    """
    if letter.last is None or step.version.updated is not None:
        return False
    current = await store.resources.read(*step.key)
    if current is not None and current.updated > letter.last:
        return True
    record = (await store.imports.find([step.key])).get(step.key)
    match = _ENTRY.fullmatch(step.label)
    if record is None or match is None:
        return False
    newer = (replace(step, label=f"{match[1]}{place}]") for place in range(int(match[2])))
    return record.place in {each.place_in_file for each in newer}
