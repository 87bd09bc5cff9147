"""Answer `CodeSystem/$subsumes` (https://hl7.org/fhir/R4/codesystem-operation-subsumes.html)."""

from gateway.api.call.call import Call
from gateway.api.operations.terminology import asked
from gateway.api.operations.terminology.inputs import Inputs, missing, one_of
from gateway.api.process.deployment import Deployment
from gateway.api.reply.respond import Reply
from gateway.errors import BadRequest, NotFound
from gateway.fhir import fhir_json
from gateway.fhir.terminology import CodeSystem
from gateway.fhir.terminology.verdicts import Coded


async def answer(deployment: Deployment, call: Call) -> Reply:
    """Relate two codes. Raises NotFound if the system or one of its codes is unknown."""
    inputs = Inputs(call)
    given = [_coded(inputs, side) for side in "AB"]
    named = {one for one in (inputs.text("system"), *(coded.system for coded in given)) if one}
    if len(named) > 1:
        raise BadRequest("codes of different code systems cannot be compared", expression="Parameters.parameter")
    if not named and not call.id:
        raise missing("system")
    url = next(iter(named), None)
    version = next((one.version for one in given if one.version), None)
    system = await asked.code_system(deployment, call, inputs, url, version)
    if url and system.url != url.partition("|")[0]:
        raise BadRequest(f"the codes are not of the code system {system.url}", expression="Parameters.parameter")
    outcome = _outcome(system, *(_known(system, coded, side) for coded, side in zip(given, "AB", strict=True)))
    found = [{"name": "outcome", "valueCode": outcome}]
    return Reply(200, fhir_json.dump({"resourceType": "Parameters", "parameter": found}))


def _coded(inputs: Inputs, side: str) -> Coded:
    if one_of(inputs, (f"code{side}", f"coding{side}")) == f"code{side}":
        return Coded(inputs.needed(f"code{side}"))
    return inputs.coding(f"coding{side}") or Coded(None)


def _known(system: CodeSystem, coded: Coded, side: str) -> str:
    if not coded.code:
        raise missing(f"coding{side}.code")
    concept = system.get(coded.code)
    if concept is None:
        raise NotFound(f"the code system {system.url} does not have the code '{coded.code[:200]}'")
    return concept.code


def _outcome(system: CodeSystem, a: str, b: str) -> str:
    if a == b:
        return "equivalent"
    if system.subsumes(a, b):
        return "subsumes"
    return "subsumed-by" if system.subsumes(b, a) else "not-subsumed"
