"""Answer `$validate-code` on value sets and code systems.

https://hl7.org/fhir/R4/valueset-operation-validate-code.html,
https://hl7.org/fhir/R4/codesystem-operation-validate-code.html
"""

from collections.abc import Sequence
from functools import partial

from gateway import event_loop
from gateway.api.call.call import Call
from gateway.api.operations.terminology import asked
from gateway.api.operations.terminology.inputs import Inputs, missing, one_of
from gateway.api.process.deployment import Deployment
from gateway.api.reply.respond import Reply
from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource
from gateway.fhir.terminology.verdicts import Coded, JudgingRules, Verdict, any_of, in_code_system, in_value_set

_FORMS = ("code", "coding", "codeableConcept")


async def in_set(deployment: Deployment, call: Call) -> Reply:
    """Tell whether a code is in the value set. A bare code needs its system."""
    inputs = Inputs(call, "valueSet")
    codings = _codings(inputs, "systemVersion")
    if "code" in inputs and not codings[0].system:
        raise missing("system")
    systems: asked.Others = [("CodeSystem", one.system) for one in codings if one.system]
    known, value_set = await asked.value_set(deployment, call, inputs, systems)
    how = _how(inputs)
    judge = partial(any_of, codings, lambda one: in_value_set(known, value_set, one, how))
    return _answered(await event_loop.in_thread(judge))


async def in_system(deployment: Deployment, call: Call) -> Reply:
    """Tell whether a code is in the code system, which `url`, `system` or the coding names."""
    inputs = Inputs(call, "codeSystem")
    codings = _codings(inputs, "version")
    own = next((one.system for one in codings if one.system), None) if "url" not in inputs else None
    version = next((one.version for one in codings if one.version), None)
    system = await asked.code_system(deployment, call, inputs, own, version)
    how = _how(inputs)
    return _answered(any_of(codings, lambda one: in_code_system(system, one, how)))


def _codings(inputs: Inputs, version: str) -> Sequence[Coded]:
    match one_of(inputs, _FORMS):
        case "code":
            given = (inputs.needed("code"), inputs.text("system"), inputs.text(version), inputs.text("display"))
            return [Coded(*given)]
        case "coding":
            coding = inputs.coding("coding")
            return [coding] if coding else []
    return inputs.codings("codeableConcept")


def _how(inputs: Inputs) -> JudgingRules:
    return JudgingRules(inputs.flag("abstract"), inputs.text("displayLanguage"))


def _answered(verdict: Verdict) -> Reply:
    found: list[Resource] = [{"name": "result", "valueBoolean": verdict.result}]
    if verdict.message:
        found.append({"name": "message", "valueString": verdict.message})
    if verdict.display:
        found.append({"name": "display", "valueString": verdict.display})
    return Reply(200, fhir_json.dump({"resourceType": "Parameters", "parameter": found}))
