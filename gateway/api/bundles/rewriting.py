"""Turn the intents of a transaction into writes whose references lead to where the resources will be stored."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from gateway import event_loop
from gateway.api.bundles.conditional_references import WrittenResources
from gateway.api.bundles.entry_intents import EntryIntent
from gateway.api.interactions.intent import Nothing, Reuse
from gateway.api.process.deployment import Deployment
from gateway.errors import BadRequest, Issue
from gateway.fhir import bundle, references
from gateway.fhir.bundle import Entry
from gateway.fhir.fhir_json import Resource
from gateway.store.layout.records import Write

_URN = "urn:uuid:"


async def rewritten_writes(deployment: Deployment, intents: Sequence[EntryIntent]) -> dict[int, Write]:
    """Return entry index -> write, in the order in which a transaction is processed, with its references rewritten.

    Raises BadRequest for a reference to a missing entry; PreconditionFailed or MultipleMatches for a conditional
    reference that does not match exactly one resource.
    """
    targets = bundle.new_addresses((item.entry, item.key, item.writes) for item in intents)
    by_index = {item.entry.index: item for item in intents}
    written_resources = WrittenResources(intents)
    writes: dict[int, Write] = {}
    for entry in bundle.transaction_order(item.entry for item in intents):
        item = by_index[entry.index]
        if isinstance(item.intent, Reuse | Nothing):
            continue
        write = item.intent.write
        if write.resource is not None:
            resource = await _rewritten(deployment, item, write.resource, targets, written_resources)
            write = replace(write, resource=resource)
        writes[entry.index] = write
        await event_loop.breathe()
    return writes


async def _rewritten(
    deployment: Deployment,
    item: EntryIntent,
    resource: Resource,
    targets: dict[str, str],
    written_resources: WrittenResources,
) -> Resource:
    """Return `resource` with its references replaced by what `targets` names.

    targets: fullUrl or conditional reference -> `Type/id`; conditional references that are met here are added.
    """
    target_of = bundle.replacement(item.entry, targets)
    by_search = by_urn = False

    def replaced(reference: str) -> str | None:
        nonlocal by_search, by_urn
        target = target_of(reference)
        if target is None:
            by_search = by_search or "?" in reference
            by_urn = by_urn or reference.startswith(_URN)
        return target

    rewritten = await event_loop.run(partial(references.rewrite, resource, replaced), resource)
    if not event_loop.is_large(resource):
        event_loop.note_small(rewritten)
    if by_urn and item.call.type != "Bundle":  # a Bundle has fullUrls of its own
        _refuse_unknown_urns(item.entry, rewritten)
    if not by_search or not await written_resources.resolve(deployment, item.entry, rewritten, targets):
        return rewritten
    return await event_loop.run(partial(references.rewrite, rewritten, targets.get), rewritten)


def _refuse_unknown_urns(entry: Entry, resource: Resource) -> None:
    """Raise BadRequest if `resource` has references to a `urn:uuid:` that no entry of the transaction has: nobody could
    ever follow them."""
    text = "no entry of the transaction has this fullUrl"
    paths = [path for path, reference in references.references(resource) if reference.startswith(_URN)]
    issues = [bundle.place_issue(Issue("error", "invalid", text, path), entry.path) for path in paths]
    if issues:
        raise BadRequest(text, issues=issues)
