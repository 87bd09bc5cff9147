"""Cut text into words, for the text index and for searches of it.

A document of the text index has an entry `text|bone` for each word of the narrative, `content|bone` for each word of
any text, and running texts in which phrases are found.
"""

import re

from gateway.search.notation.values import fold

NARRATIVE, ALL_TEXT = "text", "content"
"""What the entries of words begin with."""
RUNNING_TEXT = {NARRATIVE: "n", ALL_TEXT: "c"}
"""The field that holds all words of a text in their order, each between blanks."""
LONGEST_WORD, LONGEST_PHRASE = 64, 100
"""Characters that are kept of a word, and of a text of a code from one of its words on."""

# Chinese and Japanese are written without blanks: each sign is a word, and a search for several is one for a phrase.
_SIGN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_SIGN}]|[^\W_{_SIGN}]+")


def words(text: str) -> list[str]:
    """Return the words of a text in their order, folded: `Bone-metastases, 3rd` -> `bone`, `metastases`, `3rd`."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(fold(text))]
