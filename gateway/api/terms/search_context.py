"""What the words of a search mean here."""

from gateway.api.call.call import Pairs
from gateway.api.process.deployment import Deployment
from gateway.api.terms.prefetch import for_search
from gateway.search.context import Context


async def context_of(deployment: Deployment, base: str, query: Pairs) -> Context:
    """`base`: our address as the client writes it."""
    return Context(base, await for_search(deployment, query, base))
