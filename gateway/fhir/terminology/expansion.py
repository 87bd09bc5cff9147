"""Answer `$expand` with a `ValueSet.expansion`. It is flat, so that it can be read in pages.

https://hl7.org/fhir/R4/valueset-operation-expand.html
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from gateway.errors import BadRequest, Issue
from gateway.fhir.terminology.canonical import join, split
from gateway.fhir.terminology.codesystem import Designation
from gateway.fhir.terminology.expand import Expander
from gateway.fhir.terminology.languages import display_in
from gateway.fhir.terminology.reading import Row
from gateway.fhir.terminology.terminology import MOST, Terminology
from gateway.fhir.terminology.valueset import ValueSet, ValueSetMember
from gateway.fhir.terminology.versions import AS_ASKED, Versions


@dataclass(frozen=True, slots=True)
class Options:
    """The parameters of `$expand`.

    count: None for all codes.
    designations: the uses and languages of the designations to return, () for all designations, None for none.
    active: only codes that are active.
    selectable: no abstract codes, which only group others.
    excluded: canonicals of code systems whose codes are left out.
    """

    filter: str | None = None
    offset: int = 0
    count: int | None = None
    designations: tuple[str, ...] | None = None
    active: bool = False
    selectable: bool = False
    language: str | None = None
    excluded: Sequence[str] = ()
    versions: Versions = field(default_factory=lambda: AS_ASKED)


def expansion(terminology: Terminology, value_set: ValueSet, options: Options) -> Row:
    """Return `total`, `contains` and, as `parameter`, the code systems used.

    Raises NotSupported if the codes are unknown, and BadRequest (too-costly) for more than `MOST` codes at once.
    """
    expander = Expander(terminology, options.versions)
    passes = _passes(options)
    found = [one for one in expander.of(value_set) if passes(one)]
    if options.count is None and len(found) > MOST:
        text = f"the expansion has {len(found)} codes: ask for pages with offset and count"
        raise BadRequest(text, issues=[Issue("error", "too-costly", text)])
    end = None if options.count is None else options.offset + options.count
    contains = [_entry(one, options) for one in found[options.offset : end]]
    used = [{"name": "version", "valueUri": join(url, version)} for url, version in expander.used if version]
    return {"total": len(found), "parameter": used, "contains": contains}


def _passes(options: Options) -> Callable[[ValueSetMember], bool]:
    excluded = [split(one) for one in options.excluded]
    words = _words(options.filter or "")

    def passes(one: ValueSetMember) -> bool:
        if (options.active and one.inactive) or (options.selectable and one.abstract):
            return False
        if any(url == one.system and version in (None, one.version) for url, version in excluded):
            return False
        return not words or _found(words, one, options.language)

    return passes


def _found(words: Sequence[str], one: ValueSetMember, language: str | None) -> bool:
    """Tell whether each word begins a word of the displays or the code."""
    shown = display_in(language, one.display, one.designations)
    texts = {one.code, one.display or "", shown or ""}
    whole = " ".join(texts).casefold()
    if not all(word in whole for word in words):
        return False  # decides for most concepts of a large code system, without cutting their texts into words
    said = {word for text in texts for word in _words(text)}
    return all(any(own.startswith(word) for own in said) for word in words)


def _words(text: str) -> list[str]:
    return "".join(character if character.isalnum() else " " for character in text.casefold()).split()


def _entry(one: ValueSetMember, options: Options) -> Row:
    row: Row = {"system": one.system}
    if one.abstract:
        row["abstract"] = True
    if one.inactive:
        row["inactive"] = True
    if one.version:
        row["version"] = one.version
    row["code"] = one.code
    if display := display_in(options.language, one.display, one.designations):
        row["display"] = display
    if designations := list(_designations(one.designations, options.designations)):
        row["designation"] = designations
    return row


def _designations(all_: Iterable[Designation], wanted: tuple[str, ...] | None) -> Iterator[Row]:
    for one in all_ if wanted is not None else ():
        if not wanted or any(_is_wanted(one, token) for token in wanted):
            row = {"language": one.language, "use": one.use, "value": one.value}
            yield {name: value for name, value in row.items() if value is not None}


def _is_wanted(one: Designation, token: str) -> bool:
    """Match a token: `system|code` of the use, `urn:ietf:bcp:47|de` of the language, or a bare code of either."""
    system, bar, code = token.rpartition("|")
    use = one.use or {}
    if not bar:
        return token in (one.language, use.get("code"))
    if system == "urn:ietf:bcp:47":
        return code == one.language
    return system == use.get("system") and code in ("", use.get("code"))
