"""Distil HL7's code systems and value sets into the tables under gateway/fhir/terminology/.

    python tools/generate_terminology.py DEFINITIONS_FOLDER [OUTPUT_FOLDER]

DEFINITIONS_FOLDER holds the FHIR R4 (4.0.1) bundles `valuesets.json.gz`, `v3-codesystems.json.gz`, `v2-tables.json.gz`,
`profiles-types.json.gz`, `profiles-resources.json.gz`.
What is kept are the resources themselves without what no terminology operation looks at (narrative, publishers,
identifiers, extensions), one a line, gzipped; so that the tables are read by the same code as what users store. Which
element should have its codes from which value set is in `bindings.json.gz`; those that must are in gateway/fhir/r4/.
"""

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]
BUNDLES = ("valuesets", "v3-codesystems", "v2-tables")
BINDINGS = "bindings.json.gz"
FILES = {"CodeSystem": "codesystems.ndjson.gz", "ValueSet": "valuesets.ndjson.gz"}

DESCRIBED = ("resourceType", "id", "url", "version", "name", "title", "status", "experimental")
CODE_SYSTEM = (
    *DESCRIBED,
    "caseSensitive",
    "valueSet",
    "hierarchyMeaning",
    "content",
    "supplements",
    "filter",
    "property",
)
VALUE_SET = (*DESCRIBED, "expansion")
CONCEPT = ("code", "display", "definition", "designation", "property")


def bundle(folder: Path, name: str) -> Iterator[Json]:
    with gzip.open(folder / f"{name}.json.gz") as file:
        for entry in json.load(file)["entry"]:
            yield entry["resource"]


def kept(row: Json, names: tuple[str, ...]) -> Json:
    return {name: without_extensions(row[name]) for name in names if name in row}


def without_extensions(value: Any) -> Any:
    if isinstance(value, list):
        return [without_extensions(item) for item in value]
    if isinstance(value, dict):
        return {
            name: without_extensions(item) for name, item in value.items() if name != "extension" and name[0] != "_"
        }
    return value


def code_system(resource: Json) -> Json:
    return {**kept(resource, CODE_SYSTEM), "concept": [concept(row) for row in resource.get("concept", ())]}


def concept(row: Json) -> Json:
    """A definition that only repeats the display (as in many tables of v3) says nothing."""
    fields = kept(row, CONCEPT)
    if fields.get("definition") == fields.get("display"):
        fields.pop("definition", None)
    if below := row.get("concept"):
        fields["concept"] = [concept(child) for child in below]
    return fields


def value_set(resource: Json) -> Json:
    contained = [code_system(item) for item in resource.get("contained", ()) if item["resourceType"] == "CodeSystem"]
    fields = kept(resource, VALUE_SET)
    if contained:
        fields["contained"] = contained
    return {**fields, "compose": without_extensions(resource["compose"])}


def rows(folder: Path) -> dict[str, dict[tuple[str, str], Json]]:
    """resource type -> address and version -> what is kept of it."""
    chosen: dict[str, dict[tuple[str, str], Json]] = {type_: {} for type_ in FILES}
    make = {"CodeSystem": code_system, "ValueSet": value_set}
    for name in BUNDLES:
        for resource in bundle(folder, name):
            type_ = resource["resourceType"]
            chosen[type_][resource["url"], resource.get("version", "")] = make[type_](resource)
    return chosen


def bindings(folder: Path) -> dict[str, list[str]]:
    """Element -> strength and value set of its binding, where that is extensible or preferred."""
    bound: dict[str, list[str]] = {}
    for name in ("profiles-types", "profiles-resources"):
        for definition in bundle(folder, name):
            if definition["resourceType"] != "StructureDefinition" or definition["kind"] == "logical":
                continue
            if definition.get("derivation") == "constraint" or definition["fhirVersion"] != "4.0.1":
                continue
            for element in definition["snapshot"]["element"]:
                binding = element.get("binding", {})
                if binding.get("strength") in ("extensible", "preferred") and "valueSet" in binding:
                    path = element["path"].removesuffix("[x]")
                    bound[path] = [binding["strength"], binding["valueSet"].partition("|")[0]]
    return dict(sorted(bound.items()))


def generate(folder: Path, output: Path) -> None:
    for type_, table in rows(folder).items():
        lines = [json.dumps(table[key], ensure_ascii=False, separators=(",", ":")) for key in sorted(table)]
        write(output / FILES[type_], "\n".join(lines))
    write(output / BINDINGS, json.dumps(bindings(folder), separators=(",", ":")))


def write(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    default = Path(__file__).parent.parent / "gateway" / "fhir" / "terminology"
    generate(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else default)
