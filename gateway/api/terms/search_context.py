"""Fetch the terminology that a search names, so that its tree can be bound."""

from collections.abc import Sequence

from gateway.api.process.deployment import Deployment
from gateway.api.terms.terminology import terminology_for
from gateway.fhir.terminology import base
from gateway.search.context import Context
from gateway.search.tree.needs import Needs


async def search_context(deployment: Deployment, base_url: str, needs: Sequence[Needs]) -> Context:
    """Return the context for a search that needs these value sets and code systems; without any nothing is read.

    base_url: the address of this server as the client writes it.
    """
    if needs:
        return Context(base_url, await terminology_for(deployment, needs, base_url=base_url))
    return Context(base_url, deployment.profiles.terminology if deployment.profiles else base())
