"""The generated pages of docs/reference/ say what the code says."""

import pytest

from tools.generate_reference import FOLDER, PAGES


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_page_is_what_the_code_gives_today(name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == PAGES[name](), "run tools/generate_reference.py"
