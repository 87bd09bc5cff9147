from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Malformed, TooLarge
from gateway.fhir import fhir_json

LONG = "123456789012345678901234567890"
NUMBERS = ["0", "-1", "1.00", "1E-22", "0.000001", "19.0", "-0.50", "18446744073709551616", LONG, f"-0.{LONG}"]
EXPLOSIVE = ["1e999999999", "1e-999999999", "1e99999999999999999999", "0." + "1" * 1000, "9" * 5000]
KEYS = st.text(min_size=1, max_size=5)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_keeps_its_value_and_precision(number: str) -> None:
    assert fhir_json.dump(fhir_json.parse(f'{{"value":{number}}}')) == f'{{"value":{number}}}'.encode()


def test_decimals_are_decimals_and_integers_are_int() -> None:
    assert fhir_json.parse(b'{"a":1.0,"b":1}') == {"a": Decimal("1.0"), "b": 1}
    assert type(fhir_json.parse(b'{"b":1}')["b"]) is int


def test_a_tiny_decimal_keeps_its_digits_whatever_the_notation() -> None:
    again = fhir_json.parse(fhir_json.dump(fhir_json.parse(b'{"a":0.00000010}')))["a"]
    assert again.as_tuple() == Decimal("0.00000010").as_tuple()


@given(st.dictionaries(KEYS, VALUES))
def test_what_is_dumped_is_parsed_back_unchanged(resource: dict[str, object]) -> None:
    assert fhir_json.parse(fhir_json.dump(resource)) == resource


def test_the_order_of_keys_is_kept() -> None:
    assert list(fhir_json.parse(b'{"z":1,"a":2,"resourceType":"X"}')) == ["z", "a", "resourceType"]


def test_a_byte_order_mark_is_accepted() -> None:
    assert fhir_json.parse(b'\xef\xbb\xbf{"a":1}') == {"a": 1}
    assert fhir_json.parse('\ufeff{"a":1}') == {"a": 1}


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (b'{"a":1,}', "line 1, column 8"),
        (b'{\n  "a": tru\n}', "line 2"),
        (b'{"a":1} x', "line 1, column 9"),
        (b'{"a":', "line 1, column"),
        (b"{'a':1}", "line 1, column 2"),
        (b'{"a":NaN}', "line 1, column 6"),
        (b'{"a":Infinity}', "line 1, column 6"),
        (b'{"a":01}', "line 1"),
        (b'{"a":"\xff"}', "UTF-8 at line 1, column 7"),
        (b'{"\xff":1}', "UTF-8 at line 1, column 3"),
        (b'{"a":"x\ny"}', "line 1, column 8"),
        (b'{"a":"\\ud800"}', "surrogate pair at line 1, column 7"),
        (b'{"a":"\\ud800 and more"}', "surrogate pair at line 1, column 7"),
        (b'{"a":-%s}' % (b"9" * 5_000), "too many digits at line 1, column 6"),
        (b"", "empty"),
        (b"  \n", "empty"),
    ],
)
def test_broken_json_is_refused_with_its_position(text: bytes, where: str) -> None:
    with pytest.raises(Malformed) as refusal:
        fhir_json.parse(text)
    assert where in refusal.value.text


def test_a_lone_surrogate_in_a_str_is_refused() -> None:
    with pytest.raises(Malformed, match="surrogate"):
        fhir_json.parse('{"a":"\ud800"}')


@pytest.mark.parametrize("text", [b"[]", b"null", b'"x"', b"1", b"1.5", b"true"])
def test_anything_but_an_object_is_refused(text: bytes) -> None:
    with pytest.raises(Malformed, match="one JSON object"):
        fhir_json.parse(text)


@pytest.mark.parametrize("number", EXPLOSIVE)
def test_a_number_that_would_explode_later_is_refused(number: str) -> None:
    with pytest.raises(Malformed):
        fhir_json.parse(f'{{"a":{number}}}')


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (b'{"resourceType":"Patient","name":[{"family":"a","family":"b"}]}', "Patient.name[0].family"),
        (b'{"resourceType":"Patient","resourceType":"Group"}', "Patient.resourceType"),
        (b'{"a" \n:1,"b":{"c":1,"\\u0063":2}}', "$.b.c"),
        (b'{"resourceType":"Patient","x":[1,{"a":{"b":1,"b":1}}]}', "Patient.x[1].a.b"),
    ],
)
def test_a_key_that_occurs_twice_is_refused_with_its_path(text: bytes, path: str) -> None:
    with pytest.raises(Malformed) as refusal:
        fhir_json.parse(text)
    assert refusal.value.issues[0].expression == path


def test_text_that_looks_like_a_key_is_not_mistaken_for_one() -> None:
    assert fhir_json.parse(b'{"a":"he said \\": b"}') == {"a": 'he said ": b'}


@given(st.dictionaries(st.sampled_from("abc"), st.text('":\\ ')))
def test_no_text_hides_a_duplicate_key(resource: dict[str, str]) -> None:
    body = fhir_json.dump({"a": 1, **resource})
    assert fhir_json.parse(body) == {"a": 1, **resource}
    with pytest.raises(Malformed):
        fhir_json.parse(body[:-1] + b', "a" : 2}')


@pytest.mark.parametrize("opening", ['{"a":', "["])
@pytest.mark.parametrize("depth", [64, 5000, 200_000])
def test_deep_nesting_is_refused(opening: str, depth: int) -> None:
    closing = "}" if opening[0] == "{" else "]"
    with pytest.raises(Malformed, match="deeper than 64"):
        fhir_json.parse('{"x":' + opening * depth + "1" + closing * depth + "}")


def test_nesting_up_to_the_limit_is_accepted() -> None:
    assert fhir_json.parse('{"a":' * 64 + "1" + "}" * 64)


@pytest.mark.parametrize("text", [b"[]", b'[{"a":1.00},{"a":null}]', b"1.50", b"null", b'"x"'])
def test_any_json_value_can_be_read_where_no_resource_is_meant(text: bytes) -> None:
    assert fhir_json.dump(fhir_json.parse_value(text)) == text


def test_any_json_value_is_read_under_the_same_rules() -> None:
    with pytest.raises(Malformed, match="twice") as caught:
        fhir_json.parse_value(b'[{"b":{"a":1,"a":2}}]')
    assert caught.value.issues[0].expression == "$[0].b.a"
    with pytest.raises(Malformed, match="deeper"):
        fhir_json.parse_value(b"[" * 65 + b"]" * 65)


def test_millions_of_values_are_refused_before_they_fill_the_memory() -> None:
    with pytest.raises(TooLarge):
        fhir_json.parse(b'{"a":[' + b"{}," * 3_500_000 + b"{}]}")


@pytest.mark.parametrize("text", ['{"a":-0}', '{"a":[-0,-0.0,1],"b":-0,"c":-0e1}', '{"a":-0.00}'])
def test_a_negative_zero_stays_one(text: str) -> None:
    assert fhir_json.dump(fhir_json.parse(text.replace(":", " :\n "))).decode() == text.replace("e", "E+")


def test_what_merely_looks_like_a_negative_zero_costs_nothing() -> None:
    assert fhir_json.parse('{"a": "x -0, y", "b": 0, "c": "2026-01-02"}') == {"a": "x -0, y", "b": 0, "c": "2026-01-02"}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (b'{"a":1,"b":[{"c":2,"d":1.0}]}', b'{"b":[{"d":1.0,"c":2}],"a":1}', True),
        (b'{"a":[1,2]}', b'{"a":[2,1]}', False),
        (b'{"a":1.10,"b":1.0}', b'{"a":1.0,"b":1.10}', False),
        (b'{"a":1.0}', b'{"a":1.00}', False),
        (b'{"a":"12"}', b'{"a":"21"}', False),
    ],
)
def test_the_order_of_members_means_nothing(one: bytes, other: bytes, expected: bool) -> None:
    assert fhir_json.same(one, other) is expected
