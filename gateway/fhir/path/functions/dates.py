"""now, today, timeOfDay and the parts of a date.

https://hl7.org/fhirpath/N1/#current-date-and-time-functions,
https://hl7.org/fhirpath/#extract-datedatetimetime-components
"""

from collections.abc import Callable
from decimal import Decimal

from gateway.fhir.path import temporal
from gateway.fhir.path.function import PathFunction, plain, scoped
from gateway.fhir.path.scope import Scope
from gateway.fhir.path.values import KINDS, Nodes, integer, single


def _now(scope: Scope, nodes: Nodes) -> Nodes:
    return [("System.DateTime", scope.now.isoformat(timespec="milliseconds").replace("+00:00", "Z"), None)]


def _today(scope: Scope, nodes: Nodes) -> Nodes:
    return [("System.Date", scope.now.date().isoformat(), None)]


def _time_of_day(scope: Scope, nodes: Nodes) -> Nodes:
    return [("System.Time", scope.now.time().isoformat(timespec="milliseconds"), None)]


def _read(nodes: Nodes) -> temporal.Temporal | None:
    node = single(nodes)
    kind = KINDS.get(node[0]) if node else None
    if node is None or node[1] is None or kind not in ("Date", "DateTime", "Time"):
        return None
    return temporal.parse(node[1], kind)


def _part(place: int) -> PathFunction:
    def run(nodes: Nodes) -> Nodes:
        value = _read(nodes)
        index = place - 3 if value and value.kind == "Time" else place
        return integer(int(value.parts[index])) if value and 0 <= index < len(value.parts) else []

    return plain(run, gives="System.Integer")


def _millisecond(nodes: Nodes) -> Nodes:
    value = _read(nodes)
    second = value.parts[-1] if value else None
    return integer(int(second % 1 * 1000)) if isinstance(second, Decimal) else []


def _zone(nodes: Nodes) -> Nodes:
    value = _read(nodes)
    return [] if value is None or value.zone is None else [("System.Decimal", Decimal(value.zone) / 60, None)]


def _cut(kind: str) -> Callable[[Nodes], Nodes]:
    def run(nodes: Nodes) -> Nodes:
        value = _read(nodes)
        if value is None or value.kind == "Time":
            return []
        parts = value.parts[:3] if kind == "Date" else value.parts[3:]
        return [(f"System.{kind}", str(temporal.Temporal(kind, parts)), None)] if parts else []

    return run


_PARTS = ("year", "month", "day", "hour", "minute", "second")

FUNCTIONS: dict[str, PathFunction] = {
    "now": scoped(_now, "System.DateTime"),
    "today": scoped(_today, "System.Date"),
    "timeOfDay": scoped(_time_of_day, "System.Time"),
    **{f"{name}Of": _part(place) for place, name in enumerate(_PARTS)},
    "millisecondOf": plain(_millisecond, gives="System.Integer"),
    "timezoneOffsetOf": plain(_zone, gives="System.Decimal"),
    "dateOf": plain(_cut("Date"), gives="System.Date"),
    "timeOf": plain(_cut("Time"), gives="System.Time"),
}
