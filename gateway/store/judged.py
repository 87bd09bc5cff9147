"""The parts of internal documents that are computed (docs/quality.md): what was measured, its label, findings."""

from typing import Any

from mongomotor.fields import BooleanField, Decimal128Field, DynamicField, EmbeddedDocumentListField, StringField

from gateway.store.parts import Part, one, texts


class Preferred(Part):
    """`mapped`: a map of local codes says so, the sender did not."""

    system = StringField()
    code = StringField()
    display = StringField()
    mapped = BooleanField()


class Amount(Part):
    number = Decimal128Field()
    unit = StringField()


class Measured(Part):
    """`number`, or `low` and `high` of a range, in the canonical unit of `code`.

    Instead, `components` of the same form: the two pressures that were sent as one text.
    """

    code = one(Preferred)
    number = Decimal128Field()
    low = Decimal128Field()
    high = Decimal128Field()
    unit = StringField()
    comparator = StringField()
    derived = BooleanField()
    plausible = BooleanField()
    equivalent = one(Amount)
    components = EmbeddedDocumentListField("self")


class Label(Part):
    """`level`: low, normal, high, critical-low, critical-high; `by`: what says so."""

    level = StringField()
    by = StringField()
    low = Decimal128Field()
    high = Decimal128Field()
    unit = StringField()


class Category(Part):
    codes = texts()
    inferred = BooleanField()


class Fingerprint(Part):
    exact = StringField()
    near = StringField()


class Phone(Part):
    value = StringField()
    use = StringField()


class Place(Part):
    lines = texts()
    city = StringField()
    postal_code = StringField()
    state = StringField()
    country = StringField()


class Finding(Part):
    """`before` as sent, `after` what the document holds instead, absent for nothing."""

    rule = StringField()
    path = StringField()
    before: Any = DynamicField()
    after: Any = DynamicField()
