"""The rules of quality, every one there is: what the word in `quality.rule` of a document means."""

RULES: dict[str, str] = {
    "text.whitespace": "blanks around the text, doubled blanks, no-break or invisible characters: taken out",
    "text.control": "control characters (a lone CR, CRLF, NUL) within a line: a blank or nothing in their place",
    "text.placeholder": "a word that stands for no value (UNKNOWN, N/A, null): left out",
    "date.impossible": "what is no date (2020-02-30, soon): left out",
    "date.future": "a date that cannot be: 2090 or later, or more than a day after the resource was issued; kept",
    "date.past": "a date before 1850; kept",
    "date.placeholder": "a date that systems write for none (9999-12-31, 0001-01-01); kept",
    "date.order": "an end before its start, a death before the birth; kept",
    "unit.spelling": "a unit that is not UCUM, but has one meaning: read as that",
    "unit.missing": "a number without a unit, unless its code has but one: no canonical number",
    "unit.unknown": "a unit that nobody can tell: no canonical number",
    "unit.dimension": "a unit that cannot measure what the code names: no canonical number",
    "unit.molar": "moles where the code names a mass, or the other way: converted by the molar mass",
    "value.placeholder": "nines that stand for no value (999): no canonical number",
    "value.implausible": "a value beyond what its code can have: kept, flagged, not labelled",
    "value.text": "a number sent as text: read, marked derived",
    "patient.test": "not a real patient; kept",
    "phone.placeholder": "a telephone number written for want of one (555-…, 999-999-9999): no E.164 form",
    "phone.invalid": "not a telephone number of its country: no E.164 form",
}
