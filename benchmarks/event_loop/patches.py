"""Patches of the three kinds."""

from benchmarks.event_loop.inputs import (
    JSON_PATCH,
    MERGE_PATCH,
    WIDE,
    Case,
    json_tests,
    names,
    patched,
    path_patch,
    replacing,
    stored_small,
    stored_wide,
)
from gateway.fhir import fhir_json

CASES: tuple[Case, ...] = (
    Case("JSON Patch, 200,000 tests", lambda: patched(json_tests(200_000), "small", JSON_PATCH), stored_small),
    Case("JSON Patch, 20,000 tests", lambda: patched(json_tests(20_000), "small", JSON_PATCH), stored_small),
    Case(
        "JSON Patch, 15,000 copies of a name",
        lambda: patched(
            fhir_json.dump([{"op": "copy", "from": "/name/0", "path": "/name/0"}] * 15_000), "wide", JSON_PATCH
        ),
        stored_wide,
    ),
    Case(
        "JSON Patch, 15,000 tests of the whole list",
        lambda: patched(fhir_json.dump([{"op": "test", "path": "", "value": {}}] * 15_000), "wide", JSON_PATCH),
        stored_wide,
    ),
    Case(
        "JSON Patch, 9,000 names added and removed",
        lambda: patched(
            fhir_json.dump(
                [{"op": "add", "path": "/name/0", "value": {"family": "x"}}, {"op": "remove", "path": "/name/0"}]
                * 4_500
            ),
            "wide",
            JSON_PATCH,
        ),
        stored_wide,
    ),
    Case(
        "JSON Patch, one pointer of 2,000,000 steps",
        lambda: patched(fhir_json.dump([{"op": "test", "path": "/a" * 2_000_000, "value": 1}]), "small", JSON_PATCH),
        stored_small,
    ),
    Case(
        "merge patch of 8 MB",
        lambda: patched(fhir_json.dump({"name": names(WIDE)["name"]}), "small", MERGE_PATCH),
        stored_small,
    ),
    Case("merge patch of nothing, 2.5 MB", lambda: patched(b'{"active":null}', "wide", MERGE_PATCH), stored_wide),
    Case("FHIRPath Patch, 5,000 replacements", lambda: patched(replacing(5_000), "small"), stored_small),
    Case("FHIRPath Patch, 100 replacements in 2.5 MB", lambda: patched(replacing(100)), stored_wide),
    Case(
        "FHIRPath Patch, endless path",
        lambda: patched(replacing(100, "Patient.descendants().select(%resource.descendants()).descendants().first()")),
        stored_wide,
    ),
    Case(
        "FHIRPath Patch, 1,000 different long paths",
        lambda: patched(
            path_patch(
                *[
                    ("delete", f"Patient.name.where({' or '.join([f'family = {chr(39)}{n}{chr(39)}'] * 100)})", {})
                    for n in range(1_000)
                ]
            ),
            "small",
        ),
        stored_small,
    ),
    Case(
        "FHIRPath Patch, 50 deletions by where()",
        lambda: patched(path_patch(*[("delete", f"Patient.name.where(family = 'F{n}')", {}) for n in range(50)])),
        stored_wide,
    ),
)
