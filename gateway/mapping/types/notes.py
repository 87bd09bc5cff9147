"""What people wrote (https://hl7.org/fhir/R4/datatypes.html#Annotation)."""

from gateway.mapping.types.references import reference
from gateway.mapping.types.shape import Part, Type, structure, text
from gateway.mapping.types.times import moment

note = structure(
    Part("text", "text", text),
    Part("time", "time", moment),
    Part("authorString", "author_name", text),
    Part("authorReference", "author", reference),
)

TYPES = (Type("note", {"Annotation": note}),)
