"""Decimal ⇄ Decimal128, on the way into and out of the database; and patterns for prefixes of searches, on the way in.

Decimal128 keeps 34 significant digits (trailing zeros included); what a document cannot hold exactly is rounded to
that, while the FHIR bytes keep every digit. https://www.mongodb.com/docs/manual/reference/bson-types/
"""

from decimal import Decimal
from functools import lru_cache

from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions, TypeCodec, TypeDecoder, TypeEncoder, TypeRegistry
from bson.decimal128 import Decimal128, create_decimal128_context
from bson.int64 import Int64
from bson.regex import Regex

from gateway.search.notation.tokens import Prefix

_CONTEXT = create_decimal128_context()
_CONTEXT.clear_traps()


@lru_cache(maxsize=8192)
def _decimal128(text: str) -> Decimal128:
    """Measured values recur, and making one takes fifteen times as long as to look it up. By text: as numbers 1.0 and
    1.00 would be one."""
    return Decimal128(_CONTEXT.create_decimal(text))


class _Decimals(TypeCodec):  # type: ignore[misc,unused-ignore]
    python_type = Decimal
    bson_type = Decimal128

    def transform_python(self, value: Decimal) -> Decimal128:
        return _decimal128(str(value))

    def transform_bson(self, value: Decimal128) -> Decimal:
        return value.to_decimal()


class _Prefixes(TypeEncoder):  # type: ignore[misc,unused-ignore]
    """Encode prefixes as patterns: MongoDB takes many in one `$in` and reads one range of the index for each."""

    python_type = Prefix

    def transform_python(self, value: Prefix) -> Regex[str]:
        return Regex(value.pattern)


class _Integers(TypeDecoder):  # type: ignore[misc,unused-ignore]
    """Whole numbers beyond 32 bits as plain ints: their own class is one that no JSON encoder takes."""

    bson_type = Int64

    def transform_bson(self, value: Int64) -> int:
        return int(value)


PLAIN: CodecOptions[dict[str, object]] = CodecOptions(tz_aware=True, uuid_representation=UuidRepresentation.STANDARD)
DECIMALS = PLAIN.with_options(type_registry=TypeRegistry([_Decimals(), _Integers(), _Prefixes()]))
