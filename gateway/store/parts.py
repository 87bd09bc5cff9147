"""The parts of internal documents: one class per type of the mapping language (docs/mapping.md)."""

from typing import Any, ClassVar

from mongomotor import EmbeddedDocument
from mongomotor.fields import (
    BooleanField,
    DateTimeField,
    Decimal128Field,
    EmbeddedDocumentField,
    EmbeddedDocumentListField,
    IntField,
    ListField,
    StringField,
)


class Part(EmbeddedDocument):  # type: ignore[misc]
    """What all parts of documents have in common.

    Not dynamic: mongoengine looks into dynamic parts without their types, and a query by a decimal would fail.
    """

    meta: ClassVar[dict[str, Any]] = {"abstract": True, "strict": False}


def one(part: type[Part]) -> Any:
    return EmbeddedDocumentField(part)


def many(part: type[Part]) -> Any:
    return EmbeddedDocumentListField(part)


def texts() -> Any:
    return ListField(StringField())


class Coding(Part):
    system = StringField()
    version = StringField()
    code = StringField()
    display = StringField()
    user_selected = BooleanField()


class Concept(Part):
    codings = many(Coding)
    text = StringField()


class Moment(Part):
    """`start <= t < end` in UTC; `text` as sent."""

    start = DateTimeField()
    end = DateTimeField()
    precision = StringField()
    text = StringField()


class Period(Part):
    start = DateTimeField()
    start_text = StringField()
    end = DateTimeField()
    end_text = StringField()


class When(Part):
    """A moment, a period or a timing, as `kind` says."""

    kind = StringField()
    start = DateTimeField()
    end = DateTimeField()
    precision = StringField()
    text = StringField()
    start_text = StringField()
    end_text = StringField()


class LogicalIdentifier(Part):
    """`value` as sent, `match` trimmed, `kind` the HL7 v2 code of the type (MR, SS, NI…)."""

    use = StringField()
    type = one(Concept)
    system = StringField()
    value = StringField()
    match = StringField()
    kind = StringField()
    period = one(Period)


class Reference(Part):
    """`type` and `id` are the key of a resource on this server; other references have no `id`."""

    type = StringField()
    id = StringField()
    reference = StringField()
    identifier = one(LogicalIdentifier)
    display = StringField()


class Assigner(Part):
    """The reference to who issued an identifier; itself without an identifier, for somewhere it must end."""

    type = StringField()
    id = StringField()
    reference = StringField()
    display = StringField()


class Identifier(Part):
    """As a logical identifier, and who issued it."""

    use = StringField()
    type = one(Concept)
    system = StringField()
    value = StringField()
    match = StringField()
    kind = StringField()
    period = one(Period)
    assigner = one(Assigner)


class Canonical(Part):
    number = Decimal128Field()
    unit = StringField()


class Quantity(Part):
    number = Decimal128Field()
    comparator = StringField()
    unit = StringField()
    system = StringField()
    code = StringField()
    canonical = one(Canonical)


class Range(Part):
    low = one(Quantity)
    high = one(Quantity)


class SampledData(Part):
    origin = one(Quantity)
    period = Decimal128Field()
    factor = Decimal128Field()
    lower_limit = Decimal128Field()
    upper_limit = Decimal128Field()
    dimensions = IntField()
    data = StringField()


class Value(Part):
    """A value of any kind; `kind` tells which of the fields it has."""

    kind = StringField()
    number = Decimal128Field()
    comparator = StringField()
    unit = StringField()
    system = StringField()
    code = StringField()
    canonical = one(Canonical)
    text = StringField()
    codings = many(Coding)
    boolean = BooleanField()
    low = one(Quantity)
    high = one(Quantity)
    numerator = one(Quantity)
    denominator = one(Quantity)
    sampled = one(SampledData)
    start = DateTimeField()
    start_text = StringField()
    end = DateTimeField()
    end_text = StringField()
    precision = StringField()


class Note(Part):
    text = StringField()
    time = one(Moment)
    author_name = StringField()
    author = one(Reference)


class Name(Part):
    use = StringField()
    text = StringField()
    family = StringField()
    given = texts()
    prefix = texts()
    suffix = texts()
    period = one(Period)
    script = StringField()


class Contact(Part):
    system = StringField()
    use = StringField()
    rank = IntField()
    value = StringField()
    period = one(Period)


class Address(Part):
    use = StringField()
    type = StringField()
    text = StringField()
    lines = texts()
    city = StringField()
    district = StringField()
    state = StringField()
    postal_code = StringField()
    country = StringField()
    period = one(Period)
