"""Text for people, cleaned: the document holds what was meant, the resource what was sent
(docs/explanation/data-quality.md).

What would be cleaned cannot be written: it would not come back as it was.
"""

from collections.abc import Callable
from typing import Any

from gateway.mapping.quality.text import clean, clean_address, clean_lines, clean_name, tidy
from gateway.mapping.values.shape import Lens, Notes, Origins, Unwritable, text

Cleaner = Callable[[str, Notes], str | None]


def _cleaned(cleaner: Cleaner) -> Lens:
    read = text.get

    def get(value: Any, notes: Notes) -> str | None:
        return cleaner(read(value, notes), notes)

    def put(value: Any, raw: Any, origins: Origins) -> str:
        if value.__class__ is not str:
            raise Unwritable("text is due")
        found: Notes = []
        if cleaner(value, found) != value:
            raise Unwritable(f"would be cleaned when it is read ({', '.join(rule for _, rule, *_ in found)})")
        return str(value)

    return Lens(get, put, "text")


display = _cleaned(tidy)
"""Words beside a code."""
line = _cleaned(clean)
"""Text of contacts."""
part_of_address = _cleaned(clean_address)
part_of_name = _cleaned(clean_name)
lines = _cleaned(clean_lines)
"""Notes, whose line breaks are theirs."""
