"""Read and write attached files and sums of money (https://hl7.org/fhir/R4/datatypes.html#Attachment, #Money)."""

from gateway.mapping.types.cleaned_text import line
from gateway.mapping.types.times import moment
from gateway.mapping.values.lens import Part, Type, text
from gateway.mapping.values.primitives import decimal, integer
from gateway.mapping.values.structures import structure

# `data` is base64 as sent. It may be large: an engineer who does not want it in documents does not map the attachment.
attachment = structure(
    Part("contentType", "content_type", text),
    Part("language", "language", text),
    Part("data", "data", text),
    Part("url", "url", text),
    Part("size", "size", integer),
    Part("hash", "hash", text),
    Part("title", "title", line),
    Part("creation", "created", moment),
)

money = structure(Part("value", "number", decimal), Part("currency", "currency", text))

TYPES = (Type("attachment", {"Attachment": attachment}), Type("money", {"Money": money}))
