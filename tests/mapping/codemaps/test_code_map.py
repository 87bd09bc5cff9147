"""Code maps: there and back, from YAML, CSV and ConceptMap; what is wrong in a file leads to its line."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ConfigurationError
from gateway.mapping.codemaps.code_map import CodeMap
from gateway.mapping.source import json_positions
from gateway.mapping.values.lens import Unreadable
from tests.mapping.support import document, load

FIELD = "sex: {{path: gender, type: code, codes: {file}{more}}}"


def concept_map(*elements: dict[str, Any], **group: Any) -> dict[str, Any]:
    systems = {"source": "http://hl7.org/fhir/administrative-gender", "target": "urn:sexes"}
    return {"resourceType": "ConceptMap", "status": "active", "group": [{**systems, "element": [*elements], **group}]}


def element(code: str, *targets: str, equivalence: str = "equivalent", **more: Any) -> dict[str, Any]:
    return {"code": code, "target": [{"code": target, "equivalence": equivalence, **more} for target in targets]}


def mapped(folder: Path, content: dict[str, Any], more: str = "", **resource: Any) -> dict[str, Any]:
    (folder / "sex.json").write_text(json.dumps(content, indent=1), "utf-8")
    return document(load(folder, FIELD.format(file="sex.json", more=more)), **resource)


def test_a_concept_map_translates_codes(tmp_path: Path) -> None:
    content = concept_map(element("male", "M"), element("other", "X", equivalence="wider"))
    assert mapped(tmp_path, content, gender="male") == {"sex": "M"}
    assert mapped(tmp_path, content, gender="other") == {"sex": "X"}
    assert "sex" not in mapped(tmp_path, content, gender="female")


@pytest.mark.parametrize("equivalence", ["unmatched", "disjoint"])
def test_a_code_to_which_nothing_corresponds_is_left_out(tmp_path: Path, equivalence: str) -> None:
    content = concept_map(element("male", "M", equivalence=equivalence))
    assert mapped(tmp_path, content, gender="male")["unmapped"][0]["field"] == "sex"
    kept = mapped(tmp_path, content, ", uncovered: keep", gender="male")
    assert kept.keys() == {"unmapped"} and "nothing corresponds" in kept["unmapped"][0]["reason"]
    fixed = concept_map(element("male", "M", equivalence=equivalence), unmapped={"mode": "fixed", "code": "U"})
    assert mapped(tmp_path, fixed, gender="male").keys() == {"unmapped"}
    assert mapped(tmp_path, fixed, gender="other") == {"sex": "U"}


@pytest.mark.parametrize(
    ("unmapped", "more", "expected"),
    [
        ({"mode": "provided"}, "", "other"),
        ({"mode": "fixed", "code": "U"}, "", "U"),
        ({"mode": "fixed", "code": "U"}, ", uncovered: keep", "other"),
        ({"mode": "fixed", "code": "U"}, ", uncovered: default, default: D", "D"),
        ({"mode": "fixed", "code": "U"}, ", uncovered: fail", None),
    ],
)
def test_what_the_concept_map_says_of_other_codes_holds_unless_the_mapping_says_otherwise(
    tmp_path: Path, unmapped: dict[str, str], more: str, expected: str | None
) -> None:
    content = concept_map(element("male", "M"), unmapped=unmapped)
    assert mapped(tmp_path, content, more, gender="other").get("sex") == expected


def test_the_fixed_code_is_for_codes_that_are_not_covered_and_not_for_a_missing_one(tmp_path: Path) -> None:
    assert mapped(tmp_path, concept_map(unmapped={"mode": "fixed", "code": "U"})) == {}


TABLES = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("abcxyz"))


@given(TABLES, st.sampled_from(["keep", "fail", "default"]), st.sampled_from("abcdefxyz"))
def test_a_code_written_back_reads_as_the_code_it_was_written_for(
    table: dict[str, str], policy: Any, code: str
) -> None:
    codes = CodeMap(table, policy)
    back = codes.reverse(code)
    if back is not None:
        assert codes.translate(back) == code
        return
    assert code not in table.values()  # nothing that the map lists is without a way back
    assert policy != "keep" or code in table


def test_of_several_codes_the_first_listed_is_written_back() -> None:
    assert CodeMap({"b": "x", "a": "x"}, "fail").reverse("x") == "b"


def test_a_map_without_rows_may_be_filled_later(tmp_path: Path) -> None:
    (tmp_path / "sex.csv").write_text("from,to\n", "utf-8")
    mappings = load(tmp_path, FIELD.format(file="sex.csv", more=", uncovered: keep"))
    assert document(mappings, gender="male") == {"sex": "male"}


def test_a_row_of_a_csv_file_may_go_over_several_lines_and_blank_lines_are_nothing(tmp_path: Path) -> None:
    (tmp_path / "sex.csv").write_text('from,to\n\nmale,"M,\nmale"\n\nother,\n', "utf-8")
    with pytest.raises(ConfigurationError, match=r"sex\.csv:6: field sex: .*'other,'"):
        load(tmp_path, FIELD.format(file="sex.csv", more=""))


WRONG = {
    "another resource": ({"resourceType": "ValueSet"}, 1, "'ValueSet'"),
    "no list": ({"resourceType": "ConceptMap", "group": {}}, 3, "`group` must be a list"),
    "no object": (concept_map("male"), 9, "an item of `element` must be an object"),  # type: ignore[arg-type]
    "no code": (concept_map({"target": []}), 9, "expected a `code`, found None"),
    "several targets": (concept_map(element("male", "M", "m")), 16, "code 'male' has several targets: 'M', 'm'"),
    "no equivalence": (
        concept_map(element("male", "M", equivalence="same")),
        14,
        "code 'male': equivalence 'same' must be one of relatedto",
    ),
    "a second row": (
        concept_map(element("male", "M"), element("male", "m")),
        18,
        "'male' becomes 'M' already (line 9)",
    ),
    "what a code cannot decide": (concept_map(element("male", "M", dependsOn=[{}])), 15, "`dependsOn`"),
    "another map": (concept_map(unmapped={"mode": "other-map", "url": "u"}), 10, "'other-map' is not supported"),
    "a fixed code that is not there": (concept_map(unmapped={"mode": "fixed"}), 9, "needs a `code`"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_concept_map_with_a_fault_is_refused_with_file_line_field_and_value(tmp_path: Path, fault: str) -> None:
    content, line, reason = WRONG[fault]
    with pytest.raises(ConfigurationError) as refused:
        mapped(tmp_path, content)
    assert refused.value.text.startswith(f"{tmp_path}/sex.json:{line}: field sex: "), refused.value.text
    assert reason in refused.value.text


def test_a_file_that_is_not_json_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "sex.json").write_text('{\n"resourceType": "ConceptMap",\n}', "utf-8")
    with pytest.raises(ConfigurationError, match=r"sex\.json:3: field sex: Not valid JSON"):
        load(tmp_path, FIELD.format(file="sex.json", more=""))


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"things\.yaml:4: field sex: 'sex\.xlsx' must be a CSV file"):
        load(tmp_path, FIELD.format(file="sex.xlsx", more=""))


def test_a_code_without_a_row_and_without_a_way_back_has_neither() -> None:
    codes = CodeMap({"male": "M"}, "fail")
    assert codes.reverse("X") is None
    with pytest.raises(Unreadable):
        codes.translate("X")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_every_value_of_a_json_text_has_the_line_it_stands_in(tree: Any) -> None:
    text = json.dumps(tree, indent=1, ensure_ascii=False)
    found = json_positions.lines(text)
    assert found[()] == 1 and len(found) == _count(tree)
    for path, line in found.items():
        if path and isinstance(path[-1], int):
            node = tree
            for step in path:
                node = node[step] if isinstance(step, int) else node[json.loads(f'"{step}"')]
            start = json.dumps(node, indent=1, ensure_ascii=False).split("\n")[0]
            assert text.split("\n")[line - 1].strip().rstrip(",") == start


def _count(tree: Any) -> int:
    children = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return 1 + sum(map(_count, children))
