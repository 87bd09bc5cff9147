"""Find the value set or code system of an operation: in the path, in the body, or by its address."""

from dataclasses import replace
from functools import partial

from gateway import event_loop
from gateway.api.call.call import Call
from gateway.api.interactions.read import read
from gateway.api.operations.terminology.inputs import Inputs
from gateway.api.process.deployment import Deployment
from gateway.api.process.terminology_cache import Model
from gateway.api.terms.terminology import Kind, terminology_for
from gateway.errors import NotFound, NotSupported
from gateway.fhir.terminology import CodeSystem, Terminology, ValueSet
from gateway.fhir.terminology.canonical import join, split

Others = list[tuple[Kind, str]]
"""What else must be fetched."""


async def value_set(deployment: Deployment, call: Call, inputs: Inputs, others: Others) -> tuple[Terminology, ValueSet]:
    """Return the value set.

    Raises NotFound or Gone if it is missing, NotSupported for a context, BadRequest if none is named.
    """
    given: Model | None = await _stored(deployment, call)
    if given is None and (inline := inputs.resource("valueSet", "ValueSet")) is not None:
        given = await event_loop.run(partial(ValueSet.of, inline), inline)
    if isinstance(given, ValueSet):
        return await terminology_for(deployment, others, [given], call.base), given
    if "context" in inputs and "url" not in inputs:
        raise NotSupported("the parameter 'context' is not offered: name the value set by 'url'")
    canonical = inputs.needed("url")
    if "|" not in canonical:
        canonical = join(canonical, inputs.text("valueSetVersion"))
    known = await terminology_for(deployment, [("ValueSet", canonical), *others], base_url=call.base)
    found = known.value_set(canonical)
    if found is None:
        raise NotFound(known.no_value_set(canonical))
    return known, found


async def code_system(
    deployment: Deployment, call: Call, inputs: Inputs, url: str | None = None, version: str | None = None
) -> CodeSystem:
    """Return the code system.

    url: its address, if the operation has another parameter for it.
    version: its version, if no parameter names one.

    Raises as `value_set` does.
    """
    given: Model | None = await _stored(deployment, call)
    if given is None and (inline := inputs.resource("codeSystem", "CodeSystem")) is not None:
        given = await event_loop.run(partial(CodeSystem.of, inline), inline)
    if isinstance(given, CodeSystem):
        return given
    canonical = url or inputs.needed("url")
    version = inputs.text("version") or version
    return await named_system(deployment, canonical if "|" in canonical else join(canonical, version))


async def named_system(deployment: Deployment, canonical: str) -> CodeSystem:
    """Return the code system with the canonical address. Raises NotFound."""
    known = await terminology_for(deployment, [("CodeSystem", canonical)])
    found = known.code_system(*split(canonical))
    if found is None:
        raise NotFound(known.no_code_system(canonical))
    return found


async def _stored(deployment: Deployment, call: Call) -> Model | None:
    """Return the resource in the path of an operation on an instance."""
    if not call.id:
        return None
    found = await read(deployment, replace(call, query=(), if_none_match="", if_modified_since=""))
    assert found.stored is not None
    return await deployment.models.of(found.stored)
