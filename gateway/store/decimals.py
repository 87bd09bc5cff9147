"""Decimal ⇄ Decimal128, on the way into and out of the database.

Decimal128 keeps 34 significant digits (trailing zeros included); what a document cannot hold exactly is rounded to
that, while the FHIR bytes keep every digit. https://www.mongodb.com/docs/manual/reference/bson-types/
"""

from decimal import Decimal

from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions, TypeCodec, TypeRegistry
from bson.decimal128 import Decimal128, create_decimal128_context

_CONTEXT = create_decimal128_context()
_CONTEXT.clear_traps()


class _Decimals(TypeCodec):  # type: ignore[misc,unused-ignore]
    python_type = Decimal
    bson_type = Decimal128

    def transform_python(self, value: Decimal) -> Decimal128:
        return Decimal128(_CONTEXT.plus(value))

    def transform_bson(self, value: Decimal128) -> Decimal:
        return value.to_decimal()


PLAIN: CodecOptions[dict[str, object]] = CodecOptions(tz_aware=True, uuid_representation=UuidRepresentation.STANDARD)
DECIMALS = PLAIN.with_options(type_registry=TypeRegistry([_Decimals()]))
