"""Decide what the entries of a transaction write, each as the same request alone, and then all of them together.

Two rules hold only between entries (https://hl7.org/fhir/R4/http.html#trules): deletes are processed before creates,
and several conditional creates under the same condition create one resource.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.api.call.call import Call, Pairs
from gateway.api.interactions.intent import (
    UNCONDITIONAL,
    Create,
    Delete,
    Intent,
    Nothing,
    Put,
    Reuse,
    intent,
)
from gateway.api.interactions.write import decide
from gateway.api.process.deployment import Deployment
from gateway.errors import BadRequest, GatewayError, Issue, raise_together
from gateway.fhir import bundle
from gateway.fhir.bundle import Entry
from gateway.fhir.fhir_json import Resource


@dataclass(frozen=True, slots=True)
class EntryIntent:
    """An entry of a transaction that writes, its call, and what it writes."""

    entry: Entry
    call: Call
    intent: Intent

    @property
    def key(self) -> str:
        """`Type/id` of the resource that the entry is about."""
        return f"{self.intent.type}/{self.intent.id}"

    @property
    def writes(self) -> bool:
        """Tell whether there is anything to commit."""
        return not isinstance(self.intent, Reuse | Nothing)

    @property
    def resource(self) -> Resource | None:
        """The resource to be stored, its references as they came; None for a delete."""
        return self.intent.resource if isinstance(self.intent, Create | Put) else None


async def decide_together(
    deployment: Deployment, calls: Sequence[tuple[Entry, Call]], new_ids: Mapping[int, str]
) -> list[EntryIntent]:
    """Decide what each entry writes, in the order of `calls`; what they depend on is looked up concurrently.

    new_ids: entry index -> the id of the resource if the entry creates one without an id.
    Raises one error with the findings of all entries.
    """
    outcomes = await asyncio.gather(
        *(
            _decide(deployment, entry, call, new_ids.get(entry.index, ""))
            for entry, call in calls
            if call.is_conditional
        )
    )
    raise_together([outcome for outcome in outcomes if isinstance(outcome, GatewayError)])
    decided = {outcome.entry.index: outcome for outcome in outcomes if isinstance(outcome, EntryIntent)}
    intents = [
        decided.get(entry.index) or EntryIntent(entry, call, intent(call, UNCONDITIONAL, new_ids.get(entry.index, "")))
        for entry, call in calls
    ]
    intents = list(share_creates(create_again_what_is_deleted(intents, new_ids)))
    issues = repeated_conditions(intents)
    if issues := issues + bundle.clashes((item.entry, item.key if item.writes else "") for item in intents):
        raise BadRequest("the transaction contradicts itself", issues=issues)
    return intents


async def _decide(deployment: Deployment, entry: Entry, call: Call, new_id: str) -> EntryIntent | GatewayError:
    try:
        return EntryIntent(entry, call, await decide(deployment, call, new_id))
    except GatewayError as error:
        return bundle.place_error(error, entry.path, entry.about)


def create_again_what_is_deleted(intents: Sequence[EntryIntent], new_ids: Mapping[int, str]) -> Iterator[EntryIntent]:
    """Let a conditional create write if the transaction deletes its match, because deletes come first."""
    deleted = {item.key for item in intents if isinstance(item.intent, Delete)}
    for item in intents:
        if isinstance(item.intent, Reuse) and item.key in deleted:
            resource, new_id = item.call.required_resource(), new_ids[item.entry.index]
            yield replace(item, intent=Create(item.intent.type, new_id, resource, item.intent.condition))
        else:
            yield item


def share_creates(intents: Iterable[EntryIntent]) -> Iterator[EntryIntent]:
    """Let the first of several creates under the same condition create, and the others reuse its resource."""
    first: dict[tuple[str, Pairs | None], Create] = {}
    for item in intents:
        if isinstance(item.intent, Create) and item.intent.condition is not None:
            creating = first.setdefault((item.call.type, item.call.criteria), item.intent)
            if creating is not item.intent:
                item = replace(item, intent=Reuse(creating.type, creating.id))
        yield item


def repeated_conditions(intents: Sequence[EntryIntent]) -> list[Issue]:
    """Return an issue for each conditional update whose condition would match what another entry creates under it: that
    is one resource, written twice."""
    text = "another entry creates what this condition would then match"
    creating = {_creating_condition(item) for item in intents if isinstance(item.intent, Create)}
    issues = []
    for item in intents:
        condition = _creating_condition(item) if isinstance(item.intent, Put) else None
        if condition is None:
            continue
        if condition in creating:
            issues.append(Issue("error", "invalid", text, f"{item.entry.path}.request.url"))
        creating.add(condition)
    return issues


def _creating_condition(item: EntryIntent) -> tuple[str, Pairs] | None:
    """Return type and criteria of an entry that creates because its condition matches nothing; None for others."""
    condition = item.intent.condition if isinstance(item.intent, Create | Put) else None
    criteria = item.call.criteria
    return (item.call.type, criteria) if condition is not None and not condition.expected and criteria else None
