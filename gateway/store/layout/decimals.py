"""Convert values on the way into and out of the database: Decimal to Decimal128 and back, prefixes to patterns.

Decimal128 keeps 34 significant digits, trailing zeros included. A number with more digits is rounded in the documents;
the FHIR bytes keep every digit. https://www.mongodb.com/docs/manual/reference/bson-types/
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
    """Return the Decimal128 for the digits in `text`.

    Measured values recur, and a look-up in the cache is fifteen times as fast. The key is text because 1.0 and 1.00 are
    equal as numbers.
    """
    return Decimal128(_CONTEXT.create_decimal(text))


class _Decimals(TypeCodec):  # type: ignore[misc,unused-ignore]
    """Decimal to Decimal128 and back."""

    python_type = Decimal
    bson_type = Decimal128

    def transform_python(self, value: Decimal) -> Decimal128:
        return _decimal128(str(value))

    def transform_bson(self, value: Decimal128) -> Decimal:
        return value.to_decimal()


class _Prefixes(TypeEncoder):  # type: ignore[misc,unused-ignore]
    """Prefixes to patterns: MongoDB takes many patterns in one `$in` and reads one range of the index for each."""

    python_type = Prefix

    def transform_python(self, value: Prefix) -> Regex[str]:
        return Regex(value.pattern)


class _Integers(TypeDecoder):  # type: ignore[misc,unused-ignore]
    """Integers of 64 bits to plain ints, because no JSON encoder takes PyMongo's Int64."""

    bson_type = Int64

    def transform_bson(self, value: Int64) -> int:
        return int(value)


PLAIN: CodecOptions[dict[str, object]] = CodecOptions(tz_aware=True, uuid_representation=UuidRepresentation.STANDARD)
DECIMALS = PLAIN.with_options(type_registry=TypeRegistry([_Decimals(), _Integers(), _Prefixes()]))
