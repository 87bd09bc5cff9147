"""Read text for people cleaned: the document holds what was meant, the resource what was sent
(docs/explanation/data-quality.md).

A text that would be cleaned cannot be written, because it would not be read again as it was written.
"""

from collections.abc import Callable
from typing import Any

from gateway.mapping.quality.text import clean, clean_address, clean_lines, clean_name, tidy
from gateway.mapping.values.lens import Lens, Notes, Origins, Unwritable, text

Cleaner = Callable[[str, Notes], str | None]
"""Return a text cleaned, None if it stands for nothing, and note what was changed: a function of quality.text."""


def _cleaned(cleaner: Cleaner) -> Lens:
    read = text.get

    def get(value: Any, notes: Notes) -> str | None:
        return cleaner(read(value, notes), notes)

    def put(value: Any, raw: Any, origins: Origins) -> str:
        if value.__class__ is not str:
            raise Unwritable("must be text")
        applied: Notes = []
        if cleaner(value, applied) != value:
            rules = ", ".join(rule for _, rule, *_ in applied)
            raise Unwritable(f"would be cleaned when it is read ({rules}): write it clean")
        return str(value)

    return Lens(get, put, "text")


display = _cleaned(tidy)
"""The display of a code, and the text of a concept."""
line = _cleaned(clean)
"""A value of a contact, such as a telephone number."""
part_of_address = _cleaned(clean_address)
part_of_name = _cleaned(clean_name)
lines = _cleaned(clean_lines)
"""A note, which keeps its line breaks."""
