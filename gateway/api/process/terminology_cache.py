"""Keep parsed code systems and value sets that are stored: parsing a large one takes longer than fetching it.

The most recently used ones stay. A version never changes, so that they cannot become stale.
"""

from collections import OrderedDict
from datetime import datetime
from functools import partial

from gateway import event_loop
from gateway.fhir import fhir_json
from gateway.fhir.terminology import CodeSystem, ValueSet
from gateway.store.layout.records import Stored

Model = CodeSystem | ValueSet

_MOST_BYTES = 64 * 1024 * 1024
"""Bytes of JSON to keep; the parsed models take about three times as much."""


class Models:
    """Serves one event loop; what is asked for twice at the same time is read twice."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, int, datetime], tuple[int, Model]] = OrderedDict()
        self._bytes = 0

    async def of(self, stored: Stored) -> Model:
        """Return the parsed resource. Raises BadRequest if it does not have the shape of its type, since resources may
        be stored unvalidated.
        """
        key = (stored.type, stored.id, stored.version, stored.updated)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key][1]
        size = len(stored.body)
        found = await event_loop.run(partial(_read, stored), stored.body)
        self._keep(key, size, found)
        return found

    def _keep(self, key: tuple[str, str, int, datetime], size: int, model: Model) -> None:
        if key not in self._kept:
            self._bytes += size
        self._kept[key] = (size, model)
        while self._bytes > _MOST_BYTES and len(self._kept) > 1:
            _, (gone, _) = self._kept.popitem(last=False)
            self._bytes -= gone


def _read(stored: Stored) -> Model:
    resource = fhir_json.parse(stored.body)
    return CodeSystem.of(resource) if stored.type == "CodeSystem" else ValueSet.of(resource)
