"""Distil the HL7 R4 definitions into the compact tables under gateway/fhir/r4/.

    python tools/generate_r4.py DEFINITIONS_FOLDER [OUTPUT_FOLDER]

DEFINITIONS_FOLDER holds the FHIR R4 (4.0.1) bundles `profiles-types.json.gz`, `profiles-resources.json.gz`,
`search-parameters.json.gz`, `extension-definitions.json.gz`. Value sets are expanded by the tables that
tools/generate_terminology.py makes, which is to run before.
The output is deterministic, one definition a line, so that a change of the definitions is a readable diff.
"""

import gzip
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway.errors import NotSupported
from gateway.fhir import terminology

Json = dict[str, Any]
STRUCTURE = "http://hl7.org/fhir/StructureDefinition/"
FHIR_TYPE = STRUCTURE + "structuredefinition-fhir-type"
MAX_VALUE_SET = STRUCTURE + "elementdefinition-maxValueSet"
REGEX = STRUCTURE + "regex"
SIMPLE_QUANTITY = STRUCTURE + "SimpleQuantity"
SYSTEM_TYPES = "http://hl7.org/fhirpath/System."


def bundle(folder: Path, name: str) -> Iterator[Json]:
    with gzip.open(folder / f"{name}.json.gz") as file:
        for entry in json.load(file)["entry"]:
            yield entry["resource"]


# --- types -------------------------------------------------------------------------------------------------


def structures(folder: Path) -> Iterator[Json]:
    for name in ("profiles-types", "profiles-resources"):
        for definition in bundle(folder, name):
            if definition["resourceType"] != "StructureDefinition" or definition["kind"] == "logical":
                continue
            # The bundles also carry a few backports (SubscriptionStatus of R4B): 4.0.1 is what we promise.
            if definition.get("derivation") != "constraint" and definition["fhirVersion"] == "4.0.1":
                yield definition


def type_codes(element: Json) -> list[str]:
    codes = []
    for type_ in element.get("type", ()):
        code = type_["code"]
        for extension in type_.get("extension", ()):
            if extension["url"] == FHIR_TYPE:
                code = extension["valueUrl"]
        codes.append("string" if code == SYSTEM_TYPES + "String" else code.removeprefix(SYSTEM_TYPES))
    return codes


def own_rules(element: Json, url: str) -> list[Json]:
    """The invariants this definition adds; inherited ones stay with the type they come from."""
    return [
        {key: rule[key] for key in ("key", "severity", "human", "expression") if key in rule}
        for rule in element.get("constraint", ())
        if rule.get("source", url) == url
    ]


def compact_element(element: Json) -> Json:
    row: Json = {"min": element["min"], "max": element["max"]}
    if reference := element.get("contentReference"):
        row["types"] = [reference.split("#")[1]]
        return row
    codes = type_codes(element)
    if codes[0] in ("BackboneElement", "Element"):
        codes = [element["path"]]
    if element["base"]["path"] == "Resource.id":
        codes = ["id"]  # declared as string, with the rules of id in prose
    row["types"] = codes
    if element["path"].endswith("[x]"):
        row["choice"] = True
    targets = {t.removeprefix(STRUCTURE) for x in element.get("type", ()) for t in x.get("targetProfile", ())}
    if targets:
        row["targets"] = sorted(targets)
    if (required := required_set(element)) is not None:
        row["required"] = required
    for key, flag in (("summary", "isSummary"), ("modifier", "isModifier")):
        if element.get(flag):
            row[key] = True
    return row


def types(folder: Path) -> dict[str, Json]:
    table: dict[str, Json] = {}
    simple = simple_quantity(folder)
    for definition in structures(folder):
        add_structure(table, definition, simple)
    return table


def simple_quantity(folder: Path) -> Json:
    """The rule of SimpleQuantity, a profile that 55 elements of R4 use as if it were a type."""
    for definition in bundle(folder, "profiles-types"):
        if definition["url"] == SIMPLE_QUANTITY:
            rules = own_rules(definition["snapshot"]["element"][0], SIMPLE_QUANTITY)
            return next(rule for rule in rules if rule["key"] == "sqty-1")
    raise LookupError(SIMPLE_QUANTITY)


def profile_rules(element: Json, simple: Json) -> list[Json]:
    profiled = any(SIMPLE_QUANTITY in type_.get("profile", ()) for type_ in element.get("type", ()))
    if not profiled:
        return []
    if not element["path"].endswith("[x]"):
        return [simple]
    return [{**simple, "expression": "ofType(Quantity)." + simple["expression"]}]


def add_structure(table: dict[str, Json], definition: Json, simple: Json) -> None:
    url, name = definition["url"], definition["type"]
    kind = {"primitive-type": "primitive", "complex-type": "complex"}.get(definition["kind"], "resource")
    base = definition.get("baseDefinition", "").removeprefix(STRUCTURE) or None
    root, *elements = definition["snapshot"]["element"]
    table[name] = {"kind": kind, "base": base, "abstract": definition["abstract"], "elements": {}}
    table[name]["rules"] = own_rules(root, url)
    for element in elements:
        owner, _, last = element["path"].rpartition(".")
        if kind == "primitive" and last == "value":
            table[name]["regex"] = primitive_regex(element)
            continue
        row = compact_element(element)
        table[owner]["elements"][last.removesuffix("[x]")] = row
        # A type that contains itself (Extension.extension) repeats its own rules there.
        rules = [rule for rule in own_rules(element, url) if rule not in table[name]["rules"]]
        rules += profile_rules(element, simple)
        if row["types"] == [element["path"]]:
            base_type = type_codes(element)[0]
            table[element["path"]] = {"kind": "backbone", "base": base_type, "elements": {}, "rules": rules}
        elif rules:
            row["rules"] = rules


def primitive_regex(element: Json) -> str | None:
    for type_ in element["type"]:
        for extension in type_.get("extension", ()):
            if extension["url"] == REGEX:
                return str(extension["valueString"])
    return None


# --- extensions ----------------------------------------------------------------------------------------------


def extensions(folder: Path) -> dict[str, Json]:
    """Address -> what the extension may hold and where it may stand."""
    definitions = [
        one for one in bundle(folder, "extension-definitions") if one["resourceType"] == "StructureDefinition"
    ]
    return {one["url"]: extension(one) for one in sorted(definitions, key=lambda one: str(one["url"]))}


def extension(definition: Json) -> Json:
    elements = {element["id"]: element for element in definition["snapshot"]["element"]}
    row = extension_part(elements, "Extension")
    row["contexts"] = sorted(
        {context["expression"] for context in definition["context"] if context["type"] == "element"}
    )
    if elements["Extension"].get("isModifier"):
        row["modifier"] = True
    return row


def extension_part(elements: dict[str, Json], id_: str) -> Json:
    """What stands at `id_`: an extension or, as `Extension.extension:name`, one within another."""
    value = elements[id_ + ".value[x]"]
    row: Json = {"min": elements[id_]["min"], "max": elements[id_]["max"]}
    if value["max"] != "0":
        row["types"] = type_codes(value)
        if (required := required_set(value)) is not None:
            row["required"] = required
    prefix = id_ + ".extension:"
    names = [other for other in elements if other.startswith(prefix) and "." not in other[len(prefix) :]]
    if names:
        row["parts"] = {elements[name + ".url"]["fixedUri"]: extension_part(elements, name) for name in names}
    return row


def required_set(element: Json) -> str | None:
    """The value set of a required binding, or the one that a weaker binding of a code must not leave."""
    binding = element.get("binding", {})
    if binding.get("strength") == "required" and "valueSet" in binding:
        return str(binding["valueSet"].split("|")[0])
    if type_codes(element) == ["code"]:
        for extension in binding.get("extension", ()):
            if extension["url"] == MAX_VALUE_SET:
                return str(extension["valueCanonical"].split("|")[0])
    return None


# --- value sets with a required binding ----------------------------------------------------------------------


def expanded(url: str) -> dict[str, list[str]] | None:
    """system -> codes; None when a code system is not part of the definitions (MIME types, languages…)."""
    known = terminology.base()
    value_set = known.value_set(url)
    try:
        keys = [one.key for one in known.expand(value_set)] if value_set else []
    except NotSupported:
        return None
    return {system: sorted(code for one, code in set(keys) if one == system) for system in sorted(dict(keys))} or None


def codes(table: dict[str, Json], extended: dict[str, Json]) -> dict[str, Json | None]:
    bound = {e["required"] for t in table.values() for e in t["elements"].values() if "required" in e}
    bound |= {e["required"] for e in extended.values() if "required" in e}
    return {url: expanded(url) for url in sorted(bound)}


# --- search parameters and compartments ----------------------------------------------------------------------


def split_union(expression: str) -> list[str]:
    """The top-level parts of a FHIRPath union."""
    parts, depth, start = [], 0, 0
    for at, char in enumerate(expression):
        depth += (char == "(") - (char == ")")
        if char == "|" and depth == 0:
            parts.append(expression[start:at].strip())
            start = at + 1
    return [*parts, expression[start:].strip()]


def part_for(base: str, expression: str) -> str:
    begins = re.compile(rf"^\(*{base}\b")
    return " | ".join(part for part in split_union(expression) if begins.match(part))


def components(parameter: Json, urls: dict[str, Json]) -> list[Json]:
    """The parts of a composite parameter, with the code and type of the parameter each refers to."""
    found = ((urls.get(part["definition"]), part["expression"]) for part in parameter["component"])
    return [{"code": of["code"], "type": of["type"], "expression": expression} for of, expression in found if of]


def search(folder: Path) -> dict[str, Json]:
    table: dict[str, Json] = {}
    urls = {p["url"]: p for p in bundle(folder, "search-parameters")}
    for parameter in urls.values():
        for base in parameter["base"]:
            row: Json = {"type": parameter["type"], "url": parameter["url"]}
            if expression := parameter.get("expression"):
                row["expression"] = part_for(base, expression) or expression
            if parameter.get("target"):
                row["targets"] = sorted(parameter["target"])
            if parameter.get("component"):
                row["components"] = components(parameter, urls)
            table.setdefault(base, {})[parameter["code"]] = row
    return {base: dict(sorted(rows.items())) for base, rows in sorted(table.items())}


def compartments(folder: Path) -> dict[str, Json]:
    return {
        definition["code"]: {r["code"]: r["param"] for r in definition["resource"] if r.get("param")}
        for definition in bundle(folder, "profiles-resources")
        if definition["resourceType"] == "CompartmentDefinition"
    }


# --- output --------------------------------------------------------------------------------------------------


def write(path: Path, table: dict[str, Any]) -> None:
    rows = (f"{json.dumps(key)}:{compact(value)}" for key, value in table.items())
    path.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def generate(folder: Path, output: Path) -> None:
    table = types(folder)
    write(output / "types.json", table)
    extended = extensions(folder)
    write(output / "extensions.json", extended)
    write(output / "codes.json", codes(table, extended))
    write(output / "search.json", search(folder))
    write(output / "compartments.json", compartments(folder))


if __name__ == "__main__":
    default = Path(__file__).parent.parent / "gateway" / "fhir" / "r4"
    generate(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else default)
