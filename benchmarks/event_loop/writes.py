"""Bodies: large, wide, deep, broken, as JSON, XML and Bundles."""

import gzip

from benchmarks.event_loop.inputs import (
    WIDE,
    XML,
    Case,
    Request,
    bundle,
    names,
    narrative,
    observation,
    put,
    questionnaire,
    shuffled,
    signs,
    small,
    stored_wide,
    value_set,
    xml_narrative,
    xml_patient,
)
from gateway.fhir import fhir_json

CASES: tuple[Case, ...] = (
    Case("PUT, Patient of 8.5 MB", lambda: put(names(WIDE))),
    Case("PUT, the same 2.5 MB in another order", lambda: put(shuffled(60_000)), stored_wide),
    Case(
        "PUT, Patient with 20,000 identifiers",
        lambda: put(
            {**small(), "identifier": [{"system": f"http://example.org/{n}", "value": str(n)} for n in range(20_000)]}
        ),
    ),
    Case(
        "PUT, 20,000 extensions of extensions",
        lambda: put(
            {
                **small(),
                "extension": [
                    {"url": f"http://e/{n}", "extension": [{"url": "a", "valueString": "b"}]} for n in range(20_000)
                ],
            }
        ),
    ),
    Case(
        "PUT, 15 MB of base64",
        lambda: Request(
            "PUT",
            "/fhir/Binary/b",
            fhir_json.dump(
                {"resourceType": "Binary", "id": "b", "contentType": "text/plain", "data": "QUJD" * 3_500_000}
            ),
        ),
    ),
    Case("PUT, a narrative of 4 MB", lambda: put(narrative("<p>a<b>b</b></p>" * 250_000))),
    Case(
        "PUT, a narrative of 1,000,000 attributes",
        lambda: put(narrative('<p id="a" class="b" title="c">d</p>' * 250_000)),
    ),
    Case("PUT, a name of 4,000,000 combining signs", lambda: put({**small(), "name": [{"family": signs(4_000_000)}]})),
    Case(
        "PUT, an identifier of 10 MB of blanks",
        lambda: put({**small(), "identifier": [{"value": "a" + " " * 10_000_000 + "b"}]}),
    ),
    Case("PUT, a date of 10 MB", lambda: put({**small(), "birthDate": "2026-01-01" + "0" * 10_000_000})),
    Case(
        "PUT, Observation with 50,000 components",
        lambda: put(
            {
                **observation(1),
                "id": "o",
                "component": [
                    {
                        "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
                        "valueQuantity": {"value": n},
                    }
                    for n in range(50_000)
                ],
            }
        ),
    ),
    Case(
        "PUT, a Group of 100,000 references",
        lambda: put(
            {
                "resourceType": "Group",
                "id": "g",
                "type": "person",
                "actual": True,
                "member": [{"entity": {"reference": f"Patient/{n}"}} for n in range(100_000)],
            }
        ),
    ),
    Case(
        "PUT, 20,000 contained resources",
        lambda: put(
            {
                **small(),
                "contained": [{"resourceType": "Patient", "id": f"c{n}"} for n in range(20_000)],
                "link": [{"other": {"reference": f"#c{n}"}, "type": "refer"} for n in range(20_000)],
            }
        ),
    ),
    Case("PUT, Questionnaire with 60,000 items", lambda: put(questionnaire(60_000))),
    Case("PUT, ValueSet of 100,000 codes", lambda: put(value_set(100_000))),
    Case(
        "JSON of 60 MB: a Bundle to $validate",
        lambda: Request("POST", "/fhir/$validate", bundle("collection", 4_900, 12_000)),
    ),
    Case(
        "JSON of 60 MB, ends too early",
        lambda: Request("POST", "/fhir/Patient", b'{"a":[' + b'{"b":"cccccccccccccccccccccccccccccc"},' * 1_500_000),
    ),
    Case(
        "JSON of 4,000,000 empty arrays",
        lambda: Request("POST", "/fhir/Patient", b'{"resourceType":"Patient","a":[' + b"[]," * 2_900_000 + b"[]]}"),
    ),
    Case(
        "JSON with texts that look like keys",
        lambda: Request(
            "POST",
            "/fhir/Patient",
            fhir_json.dump({"resourceType": "Patient", "name": [{"text": '":":":":":'}] * 300_000}),
        ),
    ),
    Case(
        "JSON with a key that occurs twice, 20 MB",
        lambda: Request(
            "POST", "/fhir/Patient", b'{"a":1,"a":[' + b'{"b":"ccccccccccccccccccccccccc"},' * 600_000 + b"1]}"
        ),
    ),
    Case(
        "gzip of 60 MB",
        lambda: Request(
            "POST",
            "/fhir/Patient",
            gzip.compress(b'{"resourceType":"Patient","a":"' + b"a" * 60_000_000 + b'"}', 9),
            encoding="gzip",
        ),
    ),
    Case(
        "XML of 8 MB",
        lambda: Request(
            "PUT", "/fhir/Patient/x", xml_patient('<name><family value="F"/><given value="a"/></name>' * 150_000), XML
        ),
    ),
    Case(
        "XML of 1,000,000 attributes",
        lambda: Request(
            "PUT", "/fhir/Patient/x", xml_narrative('<p id="a" class="b" title="c" dir="ltr">d</p>' * 250_000), XML
        ),
    ),
    Case(
        "XML of 1,000,000 attributes in one element",
        lambda: Request(
            "PUT",
            "/fhir/Patient/x",
            xml_patient("<name " + " ".join(f'a{n}="b"' for n in range(1_000_000)) + "/>"),
            XML,
        ),
    ),
    Case("XML, one text of 20 MB", lambda: Request("PUT", "/fhir/Patient/x", xml_narrative("a&lt;" * 4_000_000), XML)),
    Case("transaction, 5,000 entries, 64 MB", lambda: Request("POST", "/fhir", bundle("transaction", 4_900, 12_500))),
    Case("transaction, 5,000 small entries", lambda: Request("POST", "/fhir", bundle("transaction", 5_000))),
    Case("batch, 5,000 small entries", lambda: Request("POST", "/fhir", bundle("batch", 5_000))),
    Case(
        "batch, 4,000 Bundles to $validate",
        lambda: Request(
            "POST",
            "/fhir",
            fhir_json.dump(
                {
                    "resourceType": "Bundle",
                    "type": "batch",
                    "entry": [
                        {
                            "resource": fhir_json.parse(bundle("collection", 5)),
                            "request": {"method": "POST", "url": "$validate"},
                        }
                    ]
                    * 4_000,
                }
            ),
        ),
    ),
    Case(
        "batch, one entry of 8.5 MB",
        lambda: Request(
            "POST",
            "/fhir",
            fhir_json.dump(
                {
                    "resourceType": "Bundle",
                    "type": "batch",
                    "entry": [{"resource": names(WIDE), "request": {"method": "PUT", "url": "Patient/wide"}}],
                }
            ),
        ),
    ),
    Case(
        "transaction, one entry of 8.5 MB",
        lambda: Request(
            "POST",
            "/fhir",
            fhir_json.dump(
                {
                    "resourceType": "Bundle",
                    "type": "transaction",
                    "entry": [{"resource": names(WIDE), "request": {"method": "PUT", "url": "Patient/wide"}}],
                }
            ),
        ),
    ),
    Case(
        "transaction, 5,000 conditional references",
        lambda: Request(
            "POST",
            "/fhir",
            fhir_json.dump(
                {
                    "resourceType": "Bundle",
                    "type": "transaction",
                    "entry": [
                        {
                            "resource": {**observation(n), "subject": {"reference": f"Patient?identifier=x|{n}"}},
                            "request": {"method": "POST", "url": "Observation"},
                        }
                        for n in range(2_000)
                    ],
                }
            ),
        ),
    ),
)
