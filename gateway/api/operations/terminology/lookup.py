"""Answer `CodeSystem/$lookup` (https://hl7.org/fhir/R4/codesystem-operation-lookup.html)."""

from gateway.api.call.call import Call
from gateway.api.operations.terminology.asked import named_system
from gateway.api.operations.terminology.inputs import Inputs, missing, one_of
from gateway.api.process.deployment import Deployment
from gateway.api.reply.respond import Reply
from gateway.errors import NotFound
from gateway.fhir import fhir_json
from gateway.fhir.terminology.canonical import join
from gateway.fhir.terminology.lookup import looked_up
from gateway.fhir.terminology.verdicts import Coded


async def answer(deployment: Deployment, call: Call) -> Reply:
    """Describe a code. Raises NotFound if the code system or its code is unknown."""
    inputs = Inputs(call)
    coded = _coded(inputs)
    if not coded.system:
        raise missing("system" if "code" in inputs else "coding.system")
    if not coded.code:
        raise missing("code" if "code" in inputs else "coding.code")
    url = coded.system if "|" in coded.system else join(coded.system, coded.version)
    system = await named_system(deployment, url)
    concept = system.get(coded.code)
    if concept is None:
        raise NotFound(f"the code system {system.url} does not have the code '{coded.code[:200]}'")
    wanted = frozenset(inputs.texts("property"))
    found = list(looked_up(system, concept, wanted, inputs.text("displayLanguage")))
    return Reply(200, fhir_json.dump({"resourceType": "Parameters", "parameter": found}))


def _coded(inputs: Inputs) -> Coded:
    if one_of(inputs, ("code", "coding")) == "code":
        return Coded(inputs.text("code"), inputs.text("system"), inputs.text("version"))
    return inputs.coding("coding") or Coded(None)
