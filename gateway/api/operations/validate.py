"""Answer `$validate` on the system, a type or an instance (https://hl7.org/fhir/R4/resource-operation-validate.html)."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from gateway import event_loop
from gateway.api.call.call import Call
from gateway.api.interactions.read import read
from gateway.api.operations.nominated_profiles import profiles_for
from gateway.api.operations.validate_request import ValidationRequest, asked
from gateway.api.process.deployment import Deployment
from gateway.api.reply.respond import Reply
from gateway.api.terms.terminology import terminology_for
from gateway.errors import BadRequest, Invalid, Issue
from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource
from gateway.fhir.outcome import outcome
from gateway.fhir.validate import Profiles, codings, validate
from gateway.fhir.validate.profiles import claims_within

_UNSOUND = frozenset({"structure", "too-costly"})


async def answer(deployment: Deployment, call: Call) -> Reply:
    """Return 200 with the issues, whatever they are: the check itself succeeded.

    Raises BadRequest if there is nothing to validate, NotFound or Gone for a missing stored resource.
    """
    if call.misplaced:
        return reply(call.misplaced)
    request = asked(call)
    if request.mode == "delete" or request.resource is None:
        if not call.id:
            raise BadRequest("a resource is needed", expression="Parameters.parameter")
        stored = await read(deployment, replace(call, query=()))
        if request.mode == "delete":
            text = f"{call.name} could be deleted"
            return reply([*request.remarks, Issue("information", "informational", text)])
        body = await event_loop.run(partial(fhir_json.parse, stored.body), stored.body)
        request = replace(request, resource=body)
    resource = request.resource or {}
    try:
        issues = await _judged(deployment, call, request, resource)
    except Invalid as error:  # a profile that is stored, and cannot be read
        return reply([*request.remarks, *error.issues])
    return reply([*request.remarks, *issues, *await _of_codes(deployment, resource, issues)])


async def _judged(deployment: Deployment, call: Call, request: ValidationRequest, resource: Resource) -> list[Issue]:
    claimed = {*request.profiles, *claims_within(resource)}
    if not claimed:
        return await event_loop.run(partial(_issues, call, request, resource, deployment.profiles), resource)
    profiles = await profiles_for(deployment, claimed)
    return await event_loop.in_thread(partial(_issues, call, request, resource, profiles))


def _issues(call: Call, request: ValidationRequest, resource: Resource, profiles: Profiles | None) -> list[Issue]:
    issues = validate(resource, type=call.type or None, profiles=profiles, claimed=request.profiles)
    if request.mode == "update" and call.id and resource.get("id") != call.id:
        expression = f"{resource.get('resourceType', 'Resource')}.id"
        issues.append(Issue("error", "value", f"an update of {call.name} needs this id", expression))
    return issues


async def _of_codes(deployment: Deployment, resource: Resource, issues: Sequence[Issue]) -> list[Issue]:
    """Add what the terminology says, if the structure of the resource is sound enough to look at its codes."""
    if any(issue.code in _UNSOUND and issue.severity == "error" for issue in issues):
        return []
    coded = await event_loop.run(partial(codings.spots, resource), resource)
    try:
        known = await terminology_for(deployment, codings.wanted(coded))
    except BadRequest as error:  # of a code system or value set that is stored in a wrong shape
        return [Issue("information", "not-supported", f"the codes were not looked at: {error.text}")]
    findings = await event_loop.in_thread(partial(codings.findings, coded, known)) if coded else []
    reported = {(issue.code, issue.expression) for issue in issues}  # a profile may repeat a binding of R4
    new = [
        Issue(finding.severity, finding.code, finding.text, f"{resource['resourceType']}{finding.path}")
        for finding in findings
    ]
    return [issue for issue in new if (issue.code, issue.expression) not in reported]


def reply(issues: Sequence[Issue]) -> Reply:
    """Return the issues as an OperationOutcome."""
    return Reply(200, fhir_json.dump(outcome(issues)))
