"""Read and write what people wrote about a resource (https://hl7.org/fhir/R4/datatypes.html#Annotation)."""

from gateway.mapping.types.cleaned_text import lines, part_of_name
from gateway.mapping.types.references import reference
from gateway.mapping.types.times import moment
from gateway.mapping.values.lens import Part, Type
from gateway.mapping.values.structures import structure

note = structure(
    Part("text", "text", lines),
    Part("time", "time", moment),
    Part("authorString", "author_name", part_of_name),
    Part("authorReference", "author", reference),
)

TYPES = (Type("note", {"Annotation": note}),)
