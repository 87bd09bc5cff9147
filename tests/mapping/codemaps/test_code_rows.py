"""The rows of a CSV code map, with every fault at its line."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.codemaps.code_rows import Fault, Row, read


def test_rows_know_their_lines_and_blank_lines_are_ignored() -> None:
    content = read('from,to\nmale,M\n\n"a,b",C\n')
    assert content.rows == (Row("male", "M", 2), Row("a,b", "C", 4))
    assert (content.faults, content.uncovered, content.fixed) == ((), None, None)


def test_a_header_alone_is_an_empty_map() -> None:
    assert read("from,to\n").rows == () == read("from,to\n").faults


def test_a_wrong_header_is_the_only_fault() -> None:
    assert read("code,becomes\na,b,c\n").faults == (Fault(1, "the first line must be from,to, not 'code,becomes'"),)


def test_an_empty_file_has_no_header() -> None:
    assert read("").faults == (Fault(1, "the file is empty: its first line must be from,to"),)


def test_every_fault_is_told_in_the_order_of_the_file() -> None:
    content = read("from,to\na,1\nb\n,x\na,2\n")
    assert content.rows == (Row("a", "1", 2), Row("a", "2", 5))
    assert content.faults == (
        Fault(3, "expected two columns, a code and the code it becomes, not 'b'"),
        Fault(4, "expected two columns, a code and the code it becomes, not ',x'"),
        Fault(5, "code 'a' becomes '1' already (line 2)"),
    )


def test_an_open_quote_is_a_fault_of_its_row() -> None:
    [fault] = read('from,to\na,1\n"b,2\n').faults
    assert fault.line == 3 and fault.text.startswith("not CSV: ")


@given(st.dictionaries(st.text("ab", min_size=1, max_size=3), st.text("xy", min_size=1, max_size=3), max_size=6))
def test_what_is_written_row_by_row_is_read_again(table: dict[str, str]) -> None:
    content = read("from,to\n" + "".join(f"{code},{target}\n" for code, target in table.items()))
    assert {row.code: row.target_code for row in content.rows} == table and content.faults == ()
