"""Decide what a write does: the one place for the rules of create, update, patch and delete, and of their conditions.

Pure: which resource a condition matches, and which version is current, are arguments (`condition.look_up` finds
them). A single request commits one intent. A transaction gathers the intents of its entries, rewrites their
references and commits them together.

https://hl7.org/fhir/R4/http.html#create, #update, #patch, #delete, #ccreate, #cond-update, #cdelete, #concurrency
"""

from dataclasses import dataclass

from gateway.api.call.call import Call
from gateway.errors import BadRequest, Conflict, Gone, NotFound
from gateway.fhir.bundle import ID_TEXT, is_id
from gateway.fhir.fhir_json import Resource
from gateway.search.query import Query
from gateway.store.layout.records import Condition, ConditionChanged, Result, Stored, Write

ORIGIN = "api"
"""The origin of changes that clients ask for."""

_NO_VERSION = 0
"""What a write is based on when no live version was there."""


@dataclass(frozen=True, slots=True)
class Situation:
    """The state in the store of the resource that a call is about.

    query: the condition of the call as a search; None if the call has none.
    match: the id of the one resource that the condition matches; "" if it matches none.
    current: the latest version of the resource that is matched or named; None if there is none, or if no rule needs it.
    """

    query: Query | None = None
    match: str = ""
    current: Stored | None = None

    @property
    def live(self) -> Stored | None:
        """The current version, unless it is a deletion."""
        return None if self.current is None or self.current.deleted else self.current

    def condition(self, *, met_by_resource: bool = False) -> Condition | None:
        """Return what the commit must find unchanged; None if the call has no condition."""
        if self.query is None:
            return None
        return Condition(self.query, (self.match,) if self.match else (), met_by_resource)


UNCONDITIONAL = Situation()
"""The situation of a call that depends on nothing stored."""


@dataclass(frozen=True, slots=True)
class Create:
    """A new resource under an id that this server chose."""

    type: str
    id: str
    resource: Resource
    condition: Condition | None = None

    @property
    def write(self) -> Write:
        """The write that the store must commit."""
        return Write(self.type, self.id, self.resource, ORIGIN, condition=self.condition)


@dataclass(frozen=True, slots=True)
class Reuse:
    """A conditional create that writes nothing, because its condition is met.

    stored: the resource that was matched; None if another entry of the same transaction creates it.
    """

    type: str
    id: str
    condition: Condition | None = None
    stored: Stored | None = None

    @property
    def unwritten(self) -> Result:
        """The stored version that the reply is made from."""
        return Result("exists", self.stored)


@dataclass(frozen=True, slots=True)
class Put:
    """A resource that becomes the next version under its id.

    based_on: the live version that the decision rests on, 0 for none; None if it rests on no version.
    by_put: whether the request is a PUT, so that a create counts as one whose id the client chose.
    """

    type: str
    id: str
    resource: Resource
    based_on: int | None = None
    condition: Condition | None = None
    by_put: bool = True

    @property
    def write(self) -> Write:
        """The write that the store must commit."""
        return Write(
            self.type,
            self.id,
            self.resource,
            ORIGIN,
            based_on=self.based_on,
            condition=self.condition,
            by_put=self.by_put,
        )


@dataclass(frozen=True, slots=True)
class Delete:
    """The end of a resource. based_on: as in `Put`."""

    type: str
    id: str
    based_on: int | None = None
    condition: Condition | None = None

    @property
    def write(self) -> Write:
        """The write that the store must commit."""
        return Write(self.type, self.id, None, ORIGIN, based_on=self.based_on, condition=self.condition)


@dataclass(frozen=True, slots=True)
class Nothing:
    """A delete for which there is no resource."""

    type: str
    id: str = ""

    @property
    def unwritten(self) -> Result:
        """The stored version that the reply is made from."""
        return Result("unchanged", None)


Intent = Create | Reuse | Put | Delete | Nothing


# --- what a call depends on


def check_request(call: Call) -> None:
    """Raise BadRequest for a write that is wrong whatever the store holds."""
    if call.method == "PUT":
        _check_id(call)
    _ = call.precondition  # malformed headers


def _check_id(call: Call) -> None:
    """Raise BadRequest unless the ids of an update, in its URL and its body, are valid and the same.

    https://hl7.org/fhir/R4/http.html#update. The body of a conditional update may have an id.
    """
    chosen = call.required_resource().get("id")
    if call.id and not is_id(call.id):
        raise BadRequest(ID_TEXT)
    if call.id and chosen != call.id:
        text = "the resource's id must be there and equal to the id in the url"
        raise BadRequest(text, expression=f"{call.type}.id")
    if chosen is not None and not is_id(chosen):
        raise BadRequest(ID_TEXT, expression=f"{call.type}.id")


def current_id(call: Call, match: str) -> str:
    """Return the id of the resource whose current version the decision rests on; "" if it rests on none.

    match: the id that the condition of the call matches; "" if it matches none, or if there is no condition.
    """
    if call.method == "PUT" and not call.id and not match:
        return _chosen_id(call)
    needs_version = call.method == "PATCH" or (call.method == "POST" and match) or call.precondition.given
    return (match or call.id) if needs_version else ""


# --- the decision


def intent(call: Call, situation: Situation, new_id: str) -> Intent:
    """Decide what a POST, PUT, PATCH or DELETE writes.

    call: of a PATCH, its resource is the patched one.
    new_id: the id of a resource that is created without one.
    Raises BadRequest, NotFound, Gone, Conflict, PreconditionFailed, and ConditionChanged if the match has just gone.
    """
    match call.method:
        case "POST":
            return _create(call, situation, new_id)
        case "PUT":
            return _update(call, situation, new_id)
        case "PATCH":
            return _patch(call, situation)
    return _delete(call, situation)


def _create(call: Call, situation: Situation, new_id: str) -> Create | Reuse:
    """https://hl7.org/fhir/R4/http.html#ccreate"""
    condition = situation.condition(met_by_resource=True)
    if not situation.match:
        return Create(call.type, new_id, call.required_resource(), condition)
    if situation.live is None:
        raise ConditionChanged("the resource that the condition matched was deleted meanwhile; try again")
    return Reuse(call.type, situation.match, condition, situation.live)


def _update(call: Call, situation: Situation, new_id: str) -> Put:
    """https://hl7.org/fhir/R4/http.html#cond-update for an update without an id in its URL"""
    id_ = call.id or _updated_id(call, situation.match, new_id)
    based_on = _checked_version(call, id_, situation)
    resource = call.required_resource()
    if situation.query is None:
        return Put(call.type, id_, resource, based_on)
    if not situation.match:
        if situation.live is not None:
            raise Conflict(f"{call.type}/{id_} exists, but does not match the query")
        based_on = _NO_VERSION
    return Put(call.type, id_, resource, based_on, situation.condition(met_by_resource=True))


def _updated_id(call: Call, match: str, new_id: str) -> str:
    """Return where a conditional update writes: the match, else the id that the client chose, else a new one."""
    chosen = _chosen_id(call)
    if match and chosen not in ("", match):
        text = "the query matches a resource with another id than the body"
        raise BadRequest(text, expression=f"{call.type}.id")
    return match or chosen or new_id


def _chosen_id(call: Call) -> str:
    chosen = call.required_resource().get("id")
    return chosen if isinstance(chosen, str) else ""


def patched_version(call: Call, situation: Situation) -> Stored:
    """Return the version that a patch applies to. Raises NotFound, Gone, PreconditionFailed."""
    id_ = situation.match or call.id
    if not id_:
        raise NotFound("the condition matches nothing that could be patched")
    if situation.current is None:
        raise NotFound(f"{call.type}/{id_} is not known")
    if situation.live is None:
        raise Gone(f"{call.type}/{id_} is deleted")
    _checked_version(call, id_, situation)
    return situation.live


def _patch(call: Call, situation: Situation) -> Put:
    stored = patched_version(call, situation)
    return Put(call.type, stored.id, call.required_resource(), stored.version, situation.condition(), by_put=False)


def _delete(call: Call, situation: Situation) -> Delete | Nothing:
    """https://hl7.org/fhir/R4/http.html#cdelete, single mode, for a delete without an id in its URL"""
    id_ = situation.match or call.id
    based_on = _checked_version(call, id_, situation)
    if not is_id(id_):
        return Nothing(call.type)
    return Delete(call.type, id_, based_on, situation.condition())


def _checked_version(call: Call, id_: str, situation: Situation) -> int | None:
    """Return the live version that the headers of the call have been checked against, 0 for none; None without such
    headers. Raises PreconditionFailed.

    https://hl7.org/fhir/R4/http.html#concurrency, RFC 9110 13.1.1 and 13.1.2
    """
    demanded = call.precondition
    if not demanded.given:
        return None
    version = situation.live.version if situation.live else None
    demanded.check(f"{call.type}/{id_}" if id_ else f"such a {call.type}", version)
    return version or _NO_VERSION
