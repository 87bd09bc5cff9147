"""Read and write names, contacts and addresses of people (https://hl7.org/fhir/R4/datatypes.html#HumanName)."""

from typing import Any

from gateway.mapping.types.cleaned_text import line, part_of_address, part_of_name
from gateway.mapping.types.times import period
from gateway.mapping.values.lens import Lens, Notes, Origins, Part, Type, Unreadable, Unwritable, text
from gateway.mapping.values.primitives import integer
from gateway.mapping.values.structures import structure

# The two names of a Japanese patient differ only in this extension: IDE (kanji), SYL (kana), ABC (Latin).
REPRESENTATION = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"


def _script(value: Any, notes: Notes) -> str | None:
    if value.__class__ is not list:
        raise Unreadable("not a list")
    for extension in value:
        if _names_script(extension):
            return str(text.get(extension["valueCode"], notes))
    return None


def _names_script(extension: Any) -> bool:
    return isinstance(extension, dict) and extension.get("url") == REPRESENTATION and "valueCode" in extension


def _put_script(value: Any, raw: Any, origins: Origins) -> list[Any] | None:
    """Write the extension that names the script in place of the one that does so now; keep all other extensions."""
    if value is not None and value.__class__ is not str:
        raise Unwritable("must be text")
    others = [extension for extension in raw if not _names_script(extension)] if isinstance(raw, list) else []
    script_extension = [] if value is None else [{"url": REPRESENTATION, "valueCode": value}]
    return [*others, *script_extension] or None


script = Lens(_script, _put_script, "text", clears=True)

name = structure(
    Part("use", "use", text),
    Part("text", "text", part_of_name),
    Part("family", "family", part_of_name),
    Part("given", "given", part_of_name, many=True),
    Part("prefix", "prefix", part_of_name, many=True),
    Part("suffix", "suffix", part_of_name, many=True),
    Part("period", "period", period),
    Part("extension", "script", script),
)

contact = structure(
    Part("system", "system", text),
    Part("use", "use", text),
    Part("rank", "rank", integer),
    Part("value", "value", line),
    Part("period", "period", period),
)

address = structure(
    Part("use", "use", text),
    Part("type", "type", text),
    Part("text", "text", part_of_address),
    Part("line", "lines", part_of_address, many=True),
    Part("city", "city", part_of_address),
    Part("district", "district", part_of_address),
    Part("state", "state", part_of_address),
    Part("postalCode", "postal_code", part_of_address),
    Part("country", "country", part_of_address),
    Part("period", "period", period),
)

TYPES = (
    Type("name", {"HumanName": name}),
    Type("contact", {"ContactPoint": contact}),
    Type("address", {"Address": address}),
)
