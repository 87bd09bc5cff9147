"""read and vread: https://hl7.org/fhir/R4/http.html#read, https://hl7.org/fhir/R4/http.html#vread"""

from gateway.api.call.call import Call
from gateway.api.process.deployment import Deployment
from gateway.api.protocol import etags
from gateway.api.reply.respond import Reply
from gateway.api.reply.subset import view
from gateway.errors import Gone, NotFound
from gateway.fhir.bundle import is_id
from gateway.store.layout.records import Stored


async def read(deployment: Deployment, call: Call) -> Reply:
    """Answer with the current version. Raises NotFound, Gone."""
    stored = await deployment.store.resources.read(call.type, call.id) if is_id(call.id) else None
    return await _reply(_live(stored, call.name), call)


async def vread(deployment: Deployment, call: Call) -> Reply:
    """Answer with the version that the URL names. Raises NotFound, and Gone if the version is a deletion."""
    version = etags.version(call.version)
    possible = is_id(call.id) and version != etags.NEVER
    stored = await deployment.store.resources.vread(call.type, call.id, version) if possible else None
    return await _reply(_live(stored, f"this version of {call.name}"), call)


def _live(stored: Stored | None, name: str) -> Stored:
    if stored is None:
        raise NotFound(f"{name} is not known")
    if stored.deleted:
        raise Gone(f"{name} is deleted")
    return stored


async def _reply(stored: Stored, call: Call) -> Reply:
    """Answer 304 if the client already has the version; If-None-Match outranks If-Modified-Since (RFC 9110 13.1.3)."""
    if call.if_none_match:
        unchanged = etags.none_match(call.if_none_match, stored.version)
    else:
        unchanged = bool(call.if_modified_since) and etags.unmodified(call.if_modified_since, stored.updated)
    if unchanged:
        return Reply(304, stored=stored)
    return Reply(200, await view(dict(call.query)).of(stored.body), stored)
