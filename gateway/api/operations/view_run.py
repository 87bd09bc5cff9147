"""Answer `$viewdefinition-run`: rows of a ViewDefinition over resources in the request, or over stored ones.

https://sql-on-fhir.org/ig/latest/OperationDefinition-ViewDefinitionRun.html Not offered: stored views, groups, external
sources.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from tempfile import SpooledTemporaryFile

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gateway import budget, event_loop
from gateway.api.call.call import resource_of
from gateway.api.operations.view_request import ViewRequest, asked
from gateway.api.process.deployment import PREFIX, Deployment
from gateway.errors import ConfigurationError, Invalid, NotFound, NotSupported
from gateway.fhir import fhir_json, r4
from gateway.fhir.fhir_json import Resource
from gateway.fhir.view import ViewError
from gateway.fhir.view.formats import FORMATS
from gateway.search.query import parse
from gateway.store import Store
from gateway.store.layout.records import Stored

_PORTION = 500
_IN_MEMORY = 8 * 1024 * 1024
_CHUNK = 256 * 1024
_ROWS = 2_000
"""Rows to encode at once. For Parquet this is one call, which holds the interpreter until it ends."""


def run_view_routes(deployment: Deployment) -> APIRouter:
    """Return the routes of the operation."""
    router = APIRouter()

    async def run(request: Request) -> Response:
        body = await resource_of(request, deployment)
        try:
            accept = request.headers.get("accept", "")
            wanted = await event_loop.in_thread(lambda: asked(body, request.query_params, accept))
            return await _answer(wanted, deployment.store)
        except ViewError as error:  # understood, but it cannot be processed
            raise Invalid(error.text, expression=error.at) from None
        except ConfigurationError as error:
            raise NotSupported(error.text) from None

    for path in ("/$viewdefinition-run", "/ViewDefinition/$viewdefinition-run"):
        router.add_api_route(
            PREFIX + path, run, methods=["POST"], summary="rows of a view", include_in_schema=False, response_model=None
        )
    return router


async def _answer(request: ViewRequest, store: Store) -> Response:
    """Complete the answer before sending it: an error in the last row must not come after a status of success."""
    table = _Table(request)
    async for portion in _portions(request, store):
        if not await event_loop.in_thread(partial(table.add, portion)):
            break
    return StreamingResponse(_chunks(table.end()), media_type=FORMATS[request.format].media)


class _Table:
    """A file to which the rows of a view are written. Use it in a thread: a view may compute for long."""

    def __init__(self, request: ViewRequest) -> None:
        self._view, self._left = request.view, request.limit
        self._encoder = FORMATS[request.format].encoder(request.view.columns, request.header)
        self._file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by the last chunk, or the last reference

    def add(self, portion: Sequence[Resource]) -> bool:
        """Write the rows of `portion`; return whether there may be more. Raises TooCostly, ViewError."""
        rows = islice(self._view.rows(portion), self._left)
        while batch := list(islice(rows, _ROWS)):
            budget.check()
            data = self._encoder.rows(batch)
            budget.spend(bytes=len(data))
            self._file.write(data)
            self._left = None if self._left is None else self._left - len(batch)
        return self._left != 0

    def end(self) -> "SpooledTemporaryFile[bytes]":
        self._file.write(self._encoder.end())
        self._file.seek(0)
        return self._file


def _chunks(file: "SpooledTemporaryFile[bytes]") -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk


async def _portions(request: ViewRequest, store: Store) -> AsyncIterator[list[Resource]]:
    if request.limit == 0:
        return
    if request.resources is None:
        await _check_patient(store, request.patient)
        async for portion in stored(store, request.view.resource, request.patient, request.since):
            yield portion
        return
    for start in range(0, len(request.resources), _PORTION):
        yield request.resources[start : start + _PORTION]


async def _check_patient(store: Store, patient: str | None) -> None:
    found = await store.resources.read("Patient", patient) if patient else None
    if patient and (found is None or found.deleted):
        raise NotFound(f"Patient/{patient} is not known")


async def stored(
    store: Store, type_: str, patient: str | None = None, since: str | None = None
) -> AsyncIterator[list[Resource]]:
    """Yield all live resources of a type as of one moment; with `patient` those in the patient's compartment, each
    once.
    """
    seen = set[str]()
    conditions = [()] if patient is None else _compartment(type_, patient)
    for condition in conditions:
        given = [*condition, *([("_lastUpdated", f"gt{since}")] if since else [])]
        query = replace(parse(type_, given), count=_PORTION)
        while True:
            with budget.refunding() as spent:
                page = await store.resources.search(query)
                spent.refund_bytes()  # each portion is dropped before the next is read
            fresh = [entry for entry in page.entries if len(conditions) < 2 or entry.id not in seen]
            seen.update(entry.id for entry in fresh if len(conditions) > 1)
            yield await event_loop.in_thread(partial(_parsed, fresh))
            if page.next is None:
                break
            query = replace(query, page=page.next)


def _parsed(resources: Sequence[Stored]) -> list[Resource]:
    return [fhir_json.parse(stored.body) for stored in resources]


def _compartment(type_: str, patient: str) -> list[tuple[tuple[str, str], ...]]:
    """Return the searches that find what belongs to a patient
    (https://hl7.org/fhir/R4/compartmentdefinition-patient.html).
    """
    if type_ == "Patient":
        return [(("_id", patient),)]
    names = r4.compartments()["Patient"].get(type_, ())
    return [((name, f"Patient/{patient}"),) for name in names]
