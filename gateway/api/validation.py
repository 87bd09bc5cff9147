"""`$validate` on the system, a type or an instance (https://hl7.org/fhir/R4/resource-operation-validate.html)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from gateway import event_loop
from gateway.api.api import Api
from gateway.api.call import Call
from gateway.api.given import Stated, parameters
from gateway.api.interactions import read
from gateway.api.nominated import profiles_for, unknown
from gateway.api.respond import Reply
from gateway.api.terminology import terminology_for
from gateway.errors import BadRequest, Invalid, Issue
from gateway.fhir import json
from gateway.fhir.json import Resource
from gateway.fhir.outcome import outcome
from gateway.fhir.validate import Profiles, codings, validate
from gateway.fhir.validate.profiles import claims

_UNSOUND = frozenset({"structure", "too-costly"})
MODES = ("create", "update", "delete", "profile")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be validated, as what; `resource` None means the stored one."""

    resource: Resource | None
    mode: str = ""
    profiles: tuple[str, ...] = ()


async def answer(api: Api, call: Call) -> Reply:
    """200 with the findings, whatever they are: the check itself succeeded.

    Raises BadRequest for a call with nothing to validate, NotFound or Gone for a stored resource that is not there.
    """
    if call.misplaced:
        return found(call.misplaced)
    asked = _asked(call)
    if asked.mode == "delete" or asked.resource is None:
        if not call.id:
            raise BadRequest("a resource is needed", expression="Parameters.parameter")
        stored = await read(api, call)
        if asked.mode == "delete":
            return found([Issue("information", "informational", f"{call.name} could be deleted")])
        body = await event_loop.run(partial(json.parse, stored.body), stored.body)
        asked = Asked(body, asked.mode, asked.profiles)
    claimed = [*asked.profiles, *claims(asked.resource or {})]
    try:
        profiles = await profiles_for(api, claimed) if claimed else api.profiles
    except Invalid as error:  # a profile that is stored, and cannot be read
        return found(error.issues)
    find = partial(_issues, call, asked, profiles)
    issues = await (event_loop.in_thread(find) if claimed else event_loop.run(find, asked.resource))
    return found([*issues, *await _of_codes(api, asked.resource or {}, issues)])


async def _of_codes(api: Api, resource: Resource, issues: Sequence[Issue]) -> list[Issue]:
    """What the terminology says, once the resource is sound enough to be asked about."""
    if any(issue.code in _UNSOUND and issue.severity == "error" for issue in issues):
        return []
    coded = await event_loop.run(partial(codings.spots, resource), resource)
    try:
        known = await terminology_for(api, codings.wanted(coded))
    except BadRequest as error:  # of a code system or value set that is stored in a wrong shape
        return [Issue("information", "not-supported", f"the codes were not looked at: {error.text}")]
    found = await event_loop.in_thread(partial(codings.findings, coded, known)) if coded else []
    return [Issue(one.severity, one.code, one.text, f"{resource['resourceType']}{one.path}") for one in found]


def _issues(call: Call, asked: Asked, profiles: Profiles | None) -> list[Issue]:
    resource = asked.resource or {}
    nominated = [url for url in asked.profiles if profiles is not None and profiles.holds(url)]
    issues = validate(resource, type=call.type or None, profiles=profiles, claimed=nominated)
    issues += unknown(profiles, asked.profiles) if profiles is not None else ()
    if asked.mode == "update" and call.id and resource.get("id") != call.id:
        expression = f"{resource.get('resourceType', 'Resource')}.id"
        issues.append(Issue("error", "value", f"an update of {call.name} needs this id", expression))
    return issues


def found(issues: Sequence[Issue]) -> Reply:
    return Reply(200, json.dump(outcome(issues)))


def _asked(call: Call) -> Asked:
    """From a bare resource or a Parameters body; `mode` and `profile` also from the query. Raises BadRequest."""
    body, query = call.resource or {}, call.query
    wrapped = body.get("resourceType") == "Parameters" and call.type != "Parameters"
    stated = list(parameters(body)) if wrapped else []
    modes = [value for name, value in query if name == "mode"] + _values(stated, "mode", "valueCode")
    profiles = [value for name, value in query if name == "profile"]
    profiles += _values(stated, "profile", "valueUri") + _values(stated, "profile", "valueCanonical")
    mode = modes[0] if modes else ""
    if mode not in ("", *MODES):
        raise BadRequest(f"mode must be one of {', '.join(MODES)}")
    given = [value for name, (held, value) in stated if (name, held) == ("resource", "resource")]
    if any(not isinstance(one, dict) for one in given) or len(given) > 1:
        raise BadRequest("the parameter resource must be one resource", expression="Parameters.parameter")
    resource = (given[0] if given else None) if wrapped else body or None
    return Asked(resource, mode, tuple(profiles))


def _values(stated: Stated, name: str, element: str) -> list[str]:
    return [str(value) for one, (held, value) in stated if (one, held) == (name, element)]
