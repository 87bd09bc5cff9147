"""Reads, searches, operations, internal documents and pages."""

from urllib.parse import urlencode

from benchmarks.event_loop.inputs import (
    FORM,
    MERGE_PATCH,
    XML,
    Case,
    Request,
    code_system,
    nested,
    observation,
    put,
    questionnaire,
    small,
    stored_observations,
    stored_small,
    stored_wide,
    value_set,
)
from gateway.fhir import fhir_json

CASES: tuple[Case, ...] = (
    Case("read, 2.5 MB as XML", lambda: Request("GET", "/fhir/Patient/wide", accept=XML), stored_wide),
    Case("read, 2.5 MB for people", lambda: Request("GET", "/fhir/Patient/wide?_pretty=true"), stored_wide),
    Case("read, a summary of 2.5 MB", lambda: Request("GET", "/fhir/Patient/wide?_summary=true"), stored_wide),
    Case("search, 1,000 of 8 kB each", lambda: Request("GET", "/fhir/Observation?_count=1000"), stored_observations),
    Case(
        "search, 1,000, summary",
        lambda: Request("GET", "/fhir/Observation?_count=1000&_summary=true"),
        stored_observations,
    ),
    Case(
        "search, 1,000, as XML",
        lambda: Request("GET", "/fhir/Observation?_count=1000", accept=XML),
        stored_observations,
    ),
    Case(
        "history, 1,000, elements",
        lambda: Request("GET", "/fhir/Observation/_history?_count=1000&_elements=code"),
        stored_observations,
    ),
    Case(
        "_search, a form of 30 MB",
        lambda: Request("POST", "/fhir/Patient/_search", urlencode({"name": "é" * 5_000_000}).encode(), FORM),
    ),
    Case(
        "_search, 1,000,000 names",
        lambda: Request(
            "POST", "/fhir/Patient/_search", ("name=" + ",".join(f"n{n}" for n in range(1_000_000))).encode(), FORM
        ),
    ),
    Case(
        "_search, 9,000 names",
        lambda: Request(
            "POST", "/fhir/Patient/_search", ("name=" + ",".join(f"n{n}" for n in range(9_000))).encode(), FORM
        ),
    ),
    Case(
        "_search, 2,000 dates",
        lambda: Request(
            "POST",
            "/fhir/Observation/_search",
            ("date=" + ",".join(f"{1000 + n}-01-01" for n in range(2_000))).encode(),
            FORM,
        ),
    ),
    Case(
        "_search, _filter of 200 kB",
        lambda: Request(
            "POST", "/fhir/Patient/_search", urlencode({"_filter": " or ".join(["name eq a"] * 15_000)}).encode(), FORM
        ),
    ),
    Case(
        "_search, _filter of 30,000 brackets",
        lambda: Request(
            "POST",
            "/fhir/Patient/_search",
            urlencode({"_filter": "(" * 30_000 + "name eq a" + ")" * 30_000}).encode(),
            FORM,
        ),
    ),
    Case(
        "GET, Accept of 200 kB",
        lambda: Request("GET", "/fhir/Patient/small", accept=",".join(["a/b;q=0.1"] * 20_000)),
        stored_small,
    ),
    Case(
        "$validate, wide Questionnaire",
        lambda: Request("POST", "/fhir/$validate", fhir_json.dump(questionnaire(60_000))),
    ),
    Case("$validate, deep Questionnaire", lambda: Request("POST", "/fhir/$validate", fhir_json.dump(nested(12, 2)))),
    Case(
        "$validate, 50,000 codings",
        lambda: Request(
            "POST",
            "/fhir/$validate",
            fhir_json.dump(
                {
                    **observation(1),
                    "category": [{"coding": [{"system": "http://loinc.org", "code": str(n)}]} for n in range(50_000)],
                }
            ),
        ),
    ),
    Case(
        "$validate, Parameters of 100,000 unknown",
        lambda: Request(
            "POST", "/fhir/Patient/$validate", fhir_json.dump({**small(), **{f"x{n}": n for n in range(100_000)}})
        ),
    ),
    Case(
        "$expand, 100,000 codes",
        lambda: Request(
            "POST",
            "/fhir/ValueSet/$expand",
            fhir_json.dump(
                {"resourceType": "Parameters", "parameter": [{"name": "valueSet", "resource": value_set(100_000)}]}
            ),
        ),
    ),
    Case(
        "$expand, a tree of 100,000 by filter",
        lambda: Request(
            "POST",
            "/fhir/ValueSet/$expand",
            fhir_json.dump(
                {
                    "resourceType": "Parameters",
                    "parameter": [
                        {
                            "name": "valueSet",
                            "resource": {
                                "resourceType": "ValueSet",
                                "status": "active",
                                "compose": {
                                    "include": [
                                        {
                                            "system": "http://example.org/tree",
                                            "filter": [{"property": "concept", "op": "is-a", "value": "c1"}],
                                        }
                                    ]
                                },
                            },
                        }
                    ],
                }
            ),
        ),
        lambda: (put(code_system(30_000)),),
    ),
    Case(
        "$validate-code in 100,000 codes",
        lambda: Request(
            "POST",
            "/fhir/ValueSet/$validate-code",
            fhir_json.dump(
                {
                    "resourceType": "Parameters",
                    "parameter": [
                        {"name": "valueSet", "resource": value_set(100_000)},
                        {"name": "code", "valueCode": "c9"},
                        {"name": "system", "valueUri": "http://example.org/codes"},
                    ],
                }
            ),
        ),
    ),
    Case(
        "$lookup in a tree of 30,000",
        lambda: Request("GET", "/fhir/CodeSystem/$lookup?system=http://example.org/tree&code=c29999"),
        lambda: (put(code_system(30_000)),),
    ),
    Case(
        "$subsumes in a tree of 30,000",
        lambda: Request("GET", "/fhir/CodeSystem/$subsumes?system=http://example.org/tree&codeA=c1&codeB=c29999"),
        lambda: (put(code_system(30_000)),),
    ),
    Case(
        "$meta-add, 50,000 tags",
        lambda: Request(
            "POST",
            "/fhir/Patient/small/$meta-add",
            fhir_json.dump(
                {
                    "resourceType": "Parameters",
                    "parameter": [
                        {
                            "name": "meta",
                            "valueMeta": {"tag": [{"system": "http://e", "code": str(n)} for n in range(50_000)]},
                        }
                    ],
                }
            ),
        ),
        stored_small,
    ),
    Case("$everything", lambda: Request("GET", "/fhir/Patient/wide/$everything"), stored_wide),
    Case("/metadata", lambda: Request("GET", "/fhir/metadata")),
    Case("/metadata as XML", lambda: Request("GET", "/fhir/metadata", accept=XML)),
    Case("/internal, the large document", lambda: Request("GET", "/internal/patients/wide"), stored_wide),
    Case(
        "/internal, PATCH of the large document",
        lambda: Request("PATCH", "/internal/patients/wide", b'{"sex":"male"}', MERGE_PATCH),
        stored_wide,
    ),
    Case(
        "/internal, PUT of a large document",
        lambda: Request(
            "PUT",
            "/internal/patients/small",
            fhir_json.dump({"names": [{"family": f"F{n}", "given": ["a"]} for n in range(60_000)]}),
            "application/json",
        ),
        stored_small,
    ),
    Case(
        "/internal, a filter of 200 kB",
        lambda: Request("GET", "/internal/patients?" + urlencode([("sex", "male")] * 10_000)),
    ),
    Case(
        "/internal, 1,000 documents", lambda: Request("GET", "/internal/observations?limit=1000"), stored_observations
    ),
    Case("page of the large patient", lambda: Request("GET", "/patients/wide", accept="text/html"), stored_wide),
)
