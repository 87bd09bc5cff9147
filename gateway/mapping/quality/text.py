"""Clean text: take out stray blanks, control characters and words that stand for no value.

Each kind of text has its own cleaner, because a word such as "None" stands for nothing as a city but is an answer as a
display:

- `tidy` for displays and the text of concepts
- `clean` for contacts
- `clean_address` for addresses, which may have several lines
- `clean_name` for names of people
- `clean_lines` for notes
"""

import re

from gateway.mapping.values.lens import Notes, note_finding

PLACEHOLDERS = frozenset(
    """unknown|(unknown)|unk|not known|not available|not provided|not given|not specified|not stated|not recorded
    |unspecified|undefined|n/a|(n/a)|n.a.|#n/a|na|null|(null)|none|(none)|nil|nan|blank|(blank)|no value|no data
    |no information|missing|-|--|---|.|?|??|???|*|tbd""".replace("\n    ", "").split("|")
)
"""Texts, in lower case, that stand for no value. Only a whole text counts, never a part of one."""

NAMES = frozenset({"na", "null", "none", "nil", "nan", "blank", "missing", "unk", "tbd"})
"""Placeholders that are also names of people (Christopher Null, Na Li): never taken out of a name."""

_NOT_NAMES = PLACEHOLDERS - NAMES
_LONGEST = max(map(len, PLACEHOLDERS))
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad"))
# Joiners and marks of direction: part of the spelling in Persian, Hindi or Hebrew, noise between Latin letters.
_JOINERS = dict.fromkeys((0x200C, 0x200D, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_OTHER_SCRIPT = re.compile("[\u0590-\u1dff\u3000-\U0003ffff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_BREAKS = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85]+")
_BLANKS = re.compile(r" {2,}")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f]")


def clean_text(text: str, placeholders: frozenset[str] = PLACEHOLDERS) -> tuple[str | None, str | None]:
    """Return the cleaned text (None: it stands for nothing) and the rule that changed it (None: nothing changed)."""
    if text.isprintable() and "  " not in text and text[:1] != " " and text[-1:] != " ":
        if len(text) <= _LONGEST and text.casefold() in placeholders:
            return None, "text.placeholder"
        return text, None
    cleaned, rule = _tidied(text)
    if not cleaned or (len(cleaned) <= _LONGEST and cleaned.casefold() in placeholders):
        return None, "text.placeholder" if cleaned else rule
    return cleaned, rule if cleaned != text else None


def _tidied(text: str) -> tuple[str, str]:
    rule = "text.whitespace"
    if _CONTROL.search(text):
        rule = "text.control"
        text = _CONTROL.sub("", _BREAKS.sub(" ", text))
    text = text.translate(_INVISIBLE)
    if not _OTHER_SCRIPT.search(text):
        text = text.translate(_JOINERS)
    return _BLANKS.sub(" ", _SPACES.sub(" ", text)).strip(), rule


def _recorded(value: str, notes: Notes, placeholders: frozenset[str]) -> str | None:
    cleaned, rule = clean_text(value, placeholders)
    if rule is not None:
        note_finding(notes, "", rule, value, cleaned)
    return cleaned


def clean(value: str, notes: Notes) -> str | None:
    """Return the text of a contact, cleaned; None, with a finding, for a text that stands for nothing."""
    return _recorded(value, notes, PLACEHOLDERS)


def clean_address(value: str, notes: Notes) -> str | None:
    """Return a part of an address with each line cleaned and the line feeds kept; None as `clean`."""
    if "\n" not in value:
        return _recorded(value, notes, PLACEHOLDERS)
    lines = [clean_text(line, frozenset())[0] or "" for line in re.split("\r?\n", value)]
    cleaned = "\n".join(lines).strip("\n")
    if not cleaned or cleaned.casefold() in PLACEHOLDERS:
        note_finding(notes, "", "text.placeholder" if cleaned else "text.whitespace", value, None)
        return None
    if cleaned != value:
        rule = "text.control" if _CONTROL.search(value.replace("\n", "")) else "text.whitespace"
        note_finding(notes, "", rule, value, cleaned)
    return cleaned


def clean_name(value: str, notes: Notes) -> str | None:
    """Return a part of the name of a person, cleaned; None as `clean`, but words that are also names stay."""
    return _recorded(value, notes, _NOT_NAMES)


def tidy(value: str, notes: Notes) -> str | None:
    """Return a display or the text of a concept; only blanks and control characters are cleaned."""
    return _recorded(value, notes, frozenset())


def clean_lines(value: str, notes: Notes) -> str | None:
    """Return a text of several lines (markdown, notes), cleaned; each line ends in one \\n and keeps its indentation.

    Two blanks at the end of a line stay too: they are a line break in markdown.
    """
    lines = re.split(r"\r\n|\r|\n|\x85|\u2028|\u2029", value)
    made = "\n".join(_line(line) for line in lines).strip("\n")
    result = made if made.strip() else None
    if result == value:
        return value
    rule = "text.control" if _CONTROL.search(value.replace("\n", "").replace("\t", "")) else "text.whitespace"
    note_finding(notes, "", rule, value, result)
    return result


def _line(line: str) -> str:
    if line.isprintable():
        return line
    line = _CONTROL.sub("", line.replace("\t", "    ")).translate(_INVISIBLE)
    if not _OTHER_SCRIPT.search(line):
        line = line.translate(_JOINERS)
    return _SPACES.sub(" ", line)
