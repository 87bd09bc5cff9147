"""The stages without I/O, on one core: validation, index, mapping, FHIRPath."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from fhirpathpy import compile as peer_compile

from gateway import shipped
from gateway.fhir import fhir_json, r4
from gateway.fhir.path import compile as own_compile
from gateway.fhir.validate import validate
from gateway.mapping import Mappings
from gateway.mapping.mapping import Mapping
from gateway.mapping.reading.field import Field, Record
from gateway.search.indexing.index import index

Resource = dict[str, Any]
Row = tuple[str, float, float, str]


def cases(resources: list[Resource]) -> Iterable[Row]:
    few = resources[:2000]
    yield from (*validation(few), indexing(few), mapping(few), *small(few, resources[2000:]), fhirpath(few))


def timed(work: Callable[[Resource], object], resources: list[Resource]) -> float:
    """Resources a second of CPU time; once unmeasured, so that what is compiled at first use does not count."""
    work(resources[0])
    started = time.process_time()
    for resource in resources:
        work(resource)
    return len(resources) / (time.process_time() - started)


def floor(resources: list[Resource]) -> float:
    return timed(lambda data: fhir_json.dump(fhir_json.parse(fhir_json.dump(data))), resources)


def validation(resources: list[Resource]) -> Iterable[Row]:
    """Structure, primitives and required bindings; then with the invariants as well."""

    def peer(resource: Resource) -> object:
        return get_fhir_model_class(resource["resourceType"]).model_validate(resource)

    limit, what = timed(peer, resources[:500]), "fhir.resources (laxer)"
    yield "validate structure", timed(lambda r: validate(r, invariants=False), resources), limit, what
    yield "validate", timed(validate, resources), limit, what


def indexing(resources: list[Resource]) -> Row:
    return "search index", timed(index, resources), floor(resources), "JSON written, read, written"


def mapping(resources: list[Resource]) -> Row:
    mappings = Mappings.load(shipped.mappings())
    mapped = [r for r in resources if mappings.get(r)]
    return "map", timed(mappings.get, mapped), floor(mapped), "JSON written, read, written"


def small(resources: list[Resource], before: list[Resource]) -> Iterable[Row]:
    """Observations and Patients, with all rules of quality: those of new patients (others came `before`), then
    the same ones again.

    Of each part its share of the second: the time that its fields take alone.
    """
    few = [r for r in resources if r["resourceType"] in SMALL]
    loaded = Mappings.load(shipped.mappings()).by_type
    whole = _kept(loaded, lambda field: True)
    for resource in before:
        if resource["resourceType"] in SMALL:
            whole(resource)
    new = timed(whole, few)
    limit = max(floor(few) for _ in range(5))
    yield "map small, new", new, limit, "JSON written, read, written"
    rate = best(whole, few)
    yield "map small", rate, limit, "JSON written, read, written"
    for name, counts in PARTS.items():
        part = best(_kept(loaded, counts), few)
        yield f"  share of {name}", rate, part, "its fields alone; ratio: share of time"


SMALL = ("Observation", "Patient")
UNITS = frozenset({"measured"})
QUALITY = frozenset({"preferred", "label", "category", "fingerprint", "suspect_dates"}) | frozenset(
    {"name_key", "phones", "address_key", "test_patient"}
)
"""Types of fields, and what they are counted as."""
PARTS: dict[str, Callable[[Field], bool]] = {
    "FHIRPath": lambda field: field.fast_path is None and field.type not in UNITS | QUALITY,
    "elements by name": lambda field: field.fast_path is not None and field.type not in UNITS | QUALITY,
    "units": lambda field: field.type in UNITS,
    "other quality": lambda field: field.type in QUALITY,
}


def best(work: Callable[[Resource], object], resources: list[Resource]) -> float:
    """Of five rounds, for what else runs on the machine only ever takes away."""
    return max(timed(work, resources) for _ in range(5))


def _kept(mappings: dict[str, Mapping], counts: Callable[[Field], bool]) -> Callable[[Resource], object]:
    """Mapping with only those fields that count."""
    by_type = {
        name: replace(mappings[name], record=Record(tuple(filter(counts, mappings[name].record.fields))))
        for name in SMALL
    }
    return lambda resource: by_type[resource["resourceType"]].get(resource)


def fhirpath(resources: list[Resource]) -> Row:
    """The expressions of the Observation search parameters that the peer can evaluate (it lacks resolve())."""
    observations = [r for r in resources if r["resourceType"] == "Observation"]
    found = [p.expression for p in r4.search_parameters()["Observation"].values() if p.expression]
    expressions = [e for e in found if "resolve()" not in e]
    own = [own_compile(e, "Observation") for e in expressions]
    peer = [peer_compile(e) for e in expressions]
    plain = [_floats(r) for r in observations[:100]]  # the peer knows no Decimal
    rounds = [
        (timed(lambda r: [e(r) for e in own], observations), timed(lambda r: [e(r) for e in peer], plain))
        for _ in range(5)
    ]
    rate, limit = (max(rates) * len(expressions) for rates in zip(*rounds, strict=True))
    return "FHIRPath, Observation", rate, limit, "fhirpathpy"


def _floats(resource: Resource) -> Resource:
    import json as plain

    loaded: Resource = plain.loads(fhir_json.dump(resource))
    return loaded
