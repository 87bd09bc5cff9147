"""Answer `ValueSet/$expand` (https://hl7.org/fhir/R4/valueset-operation-expand.html)."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial

from gateway import event_loop
from gateway.api.call.call import Call
from gateway.api.operations.terminology import asked
from gateway.api.operations.terminology.inputs import Inputs
from gateway.api.process.deployment import Deployment
from gateway.api.reply.respond import Reply
from gateway.errors import BadRequest, NotSupported
from gateway.fhir import fhir_json
from gateway.fhir.dates import format_instant
from gateway.fhir.fhir_json import Resource
from gateway.fhir.terminology.canonical import split
from gateway.fhir.terminology.expansion import Options, expansion
from gateway.fhir.terminology.versions import Versions

_FLAGS = (
    *("includeDesignations", "includeDefinition", "activeOnly"),
    *("excludeNested", "excludeNotForUI", "excludePostCoordinated"),  # flat and without post-coordination it is anyway
)
_SYSTEMS = ("exclude-system", "system-version", "check-system-version", "force-system-version")
_NOT_DESCRIBING = frozenset({"compose", "expansion", "contained", "text"})


async def answer(deployment: Deployment, call: Call) -> Reply:
    """Return the ValueSet with its expansion."""
    inputs = Inputs(call, "valueSet")
    options = _options(inputs)
    known, value_set = await asked.value_set(deployment, call, inputs, [])
    found = await event_loop.in_thread(partial(expansion, known, value_set, options))
    parameters = [*_recorded(inputs), *found["parameter"]]
    paged = {"offset": options.offset} if "offset" in inputs or "count" in inputs else {}
    body: Resource = {
        "identifier": f"urn:uuid:{deployment.new_id()}",
        "timestamp": format_instant(datetime.now(UTC)),
        "total": found["total"],
        **paged,
        **({"parameter": parameters} if parameters else {}),
        **({"contains": found["contains"]} if found["contains"] else {}),
    }
    return Reply(200, fhir_json.dump({**_described(value_set.resource, inputs), "expansion": body}))


def _options(inputs: Inputs) -> Options:
    """Read the options of the expansion. Raises BadRequest."""
    _of_now(inputs.text("date"))
    designations = tuple(inputs.texts("designation"))
    with_designations = inputs.flag("includeDesignations")
    shown = bool(designations) if with_designations is None else with_designations
    return Options(
        inputs.text("filter"),
        inputs.number("offset") or 0,
        inputs.number("count"),
        designations if shown else None,
        inputs.flag("activeOnly") is True,
        inputs.flag("excludeNotForUI") is True,
        inputs.text("displayLanguage"),
        inputs.texts("exclude-system"),
        Versions(*(_versions(inputs, name) for name in _SYSTEMS[1:])),
    )


def _versions(inputs: Inputs, name: str) -> Mapping[str, str]:
    found = [split(one) for one in inputs.texts(name)]
    if any(version is None for _, version in found):
        raise BadRequest(f"the parameter '{name}' must be of the form system|version")
    return {url: version for url, version in found if version}


def _of_now(date: str | None) -> None:
    """Refuse a date in the past: R4 requires an error if the definitions of that time cannot be had."""
    if date and date[:10] < datetime.now(UTC).date().isoformat()[: len(date[:10])]:
        raise NotSupported("the parameter 'date' is in the past: value sets are expanded as they are defined now")


def _recorded(inputs: Inputs) -> Iterator[Resource]:
    """Return the parameters that shaped the expansion, for `expansion.parameter`."""
    for name, element in (("filter", "valueString"), ("displayLanguage", "valueCode"), ("date", "valueDateTime")):
        if (text := inputs.text(name)) is not None:
            yield {"name": name, element: text}
    for name in ("offset", "count"):
        if (number := inputs.number(name)) is not None:
            yield {"name": name, "valueInteger": number}
    for name in _FLAGS:
        if (flag := inputs.flag(name)) is not None:
            yield {"name": name, "valueBoolean": flag}
    for name in _SYSTEMS:
        yield from ({"name": name, "valueUri": one} for one in inputs.texts(name))
    yield from ({"name": "designation", "valueString": one} for one in inputs.texts("designation"))


def _described(value_set: Resource, inputs: Inputs) -> Resource:
    full = inputs.flag("includeDefinition") is True
    left_out = _NOT_DESCRIBING - {"compose", "contained"} if full else _NOT_DESCRIBING
    kept = {name: value for name, value in value_set.items() if name not in left_out}
    return {"resourceType": "ValueSet", **kept} if "status" in kept else {**kept, "status": "unknown"}
