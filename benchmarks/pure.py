"""The stages without I/O, on one core: validation, index, mapping, FHIRPath."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import fhirpathpy
from fhir.resources.R4B import get_fhir_model_class

from gateway import shipped
from gateway.fhir import fhir_json, path, r4
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
    """Return resources per second of processor time, without the first call, which compiles what is then reused."""
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
    """Map Observations and Patients with all rules of quality: first those of patients not seen before, after others
    (`before`) have filled the caches, then the same ones again. Then measure what share of the time each part takes.
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
"""The types of fields that count as quality."""
PARTS: dict[str, Callable[[Field], bool]] = {
    "FHIRPath": lambda field: field.fast_path is None and field.type not in UNITS | QUALITY,
    "elements by name": lambda field: field.fast_path is not None and field.type not in UNITS | QUALITY,
    "units": lambda field: field.type in UNITS,
    "other quality": lambda field: field.type in QUALITY,
}


def best(work: Callable[[Resource], object], resources: list[Resource]) -> float:
    """Return the best rate of five rounds: other work on the machine can only make a round slower."""
    return max(timed(work, resources) for _ in range(5))


def _kept(mappings: dict[str, Mapping], counts: Callable[[Field], bool]) -> Callable[[Resource], object]:
    """Return a function that maps with only the fields for which `counts` returns true."""
    by_type = {
        name: replace(mappings[name], record=Record(tuple(filter(counts, mappings[name].record.fields))))
        for name in SMALL
    }
    return lambda resource: by_type[resource["resourceType"]].get(resource)


def fhirpath(resources: list[Resource]) -> Row:
    """Evaluate the search parameters of Observation, but for those with resolve(), which fhirpathpy lacks."""
    observations = [r for r in resources if r["resourceType"] == "Observation"]
    parameters = r4.search_parameters()["Observation"].values()
    expressions = [p.expression for p in parameters if p.expression and "resolve()" not in p.expression]
    ours = [path.compile(expression, "Observation") for expression in expressions]
    peers = [fhirpathpy.compile(expression) for expression in expressions]
    plain = [_floats(r) for r in observations[:100]]  # the peer knows no Decimal
    rounds = [
        (timed(lambda r: [run(r) for run in ours], observations), timed(lambda r: [run(r) for run in peers], plain))
        for _ in range(5)
    ]
    rate, limit = (max(rates) * len(expressions) for rates in zip(*rounds, strict=True))
    return "FHIRPath, Observation", rate, limit, "fhirpathpy"


def _floats(resource: Resource) -> Resource:
    import json as plain

    loaded: Resource = plain.loads(fhir_json.dump(resource))
    return loaded
