"""Answer `ConceptMap/$translate` (https://hl7.org/fhir/R4/conceptmap-operation-translate.html)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from gateway import budget, event_loop
from gateway.api.call.call import Call
from gateway.api.interactions.read import read
from gateway.api.operations.terminology.inputs import Inputs, missing, one_of
from gateway.api.process.deployment import Deployment
from gateway.api.reply.respond import Reply
from gateway.errors import BadRequest, NotFound
from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource
from gateway.fhir.terminology.canonical import rank
from gateway.fhir.terminology.conceptmap import ConceptMap
from gateway.fhir.terminology.translation import Match, Wish, translated
from gateway.fhir.terminology.verdicts import Coded
from gateway.search.notation.values import escape
from gateway.search.query import parse

_MOST_MAPS = 100
_DEEPEST = 8


async def answer(deployment: Deployment, call: Call) -> Reply:
    """Return matches of the named map, else of all stored maps that have the code."""
    inputs = Inputs(call, "conceptMap")
    codings = _codings(inputs)
    reverse = inputs.flag("reverse") is True
    maps = await _maps(deployment, call, inputs, codings, reverse)
    wish = Wish(inputs.text("targetsystem"), reverse, list(inputs.dependencies()), await _others(deployment, maps))
    return Reply(200, await event_loop.in_thread(partial(_translated, maps, codings, wish)))


def _translated(maps: Iterable[ConceptMap], codings: Sequence[Coded], wish: Wish) -> bytes:
    matches: list[Match] = []
    for map_ in maps:
        for coded in codings:
            budget.check()
            matches += translated(map_, coded, wish)
    return fhir_json.dump({"resourceType": "Parameters", "parameter": list(_answered(matches))})


def _codings(inputs: Inputs) -> Sequence[Coded]:
    match one_of(inputs, ("code", "coding", "codeableConcept")):
        case "code":
            return [Coded(inputs.needed("code"), inputs.needed("system"), inputs.text("version"))]
        case "coding":
            coding = inputs.coding("coding")
            found = [coding] if coding else []
        case _:
            found = inputs.codings("codeableConcept")
    if not any(one.code for one in found):
        raise missing("coding.code")
    return [one for one in found if one.code]


async def _maps(
    deployment: Deployment, call: Call, inputs: Inputs, codings: Iterable[Coded], reverse: bool
) -> Sequence[ConceptMap]:
    """Return the maps to use. Raises NotFound if a map is named and unknown."""
    if call.id:
        found = await read(deployment, replace(call, query=(), if_none_match="", if_modified_since=""))
        return [await _read(found.body)]
    if (inline := inputs.resource("conceptMap", "ConceptMap")) is not None:
        return [await event_loop.run(partial(ConceptMap.of, inline), inline)]
    if (url := inputs.text("url")) is not None:
        plain, _, version = url.partition("|")
        named = await _by_url(deployment, [plain], version or inputs.text("conceptMapVersion"))
        if not named:
            raise NotFound(f"the concept map {url[:500]} is not known here")
        return list(named.values())
    codes = ",".join(escape(one.code) for one in codings if one.code)
    stored = await _search(deployment, "target-code" if reverse else "source-code", codes)
    ends = (inputs.text("source"), inputs.text("target"))
    return [one for one in stored if _between(one, *(reversed(ends) if reverse else ends))]


def _between(map_: ConceptMap, source: str | None, target: str | None) -> bool:
    return (source is None or map_.source == source.partition("|")[0]) and (
        target is None or map_.target == target.partition("|")[0]
    )


async def _by_url(deployment: Deployment, urls: Iterable[str], version: str | None = None) -> dict[str, ConceptMap]:
    """Return the stored map of each address, in `version`, else the latest."""
    found: dict[str, ConceptMap] = {}
    for one in await _search(deployment, "url", ",".join(escape(url) for url in urls)):
        before = found.get(one.url or "")
        newer = before is None or rank(one.version) > rank(before.version)
        if one.url and (one.version == version if version else newer):
            found[one.url] = one
    return found


async def _others(deployment: Deployment, maps: Iterable[ConceptMap]) -> dict[str, ConceptMap]:
    """Return the maps to which these send unmapped codes, and so on."""
    found: dict[str, ConceptMap] = {}
    waiting = list(maps)
    for _ in range(_DEEPEST):
        urls = {one.url.partition("|")[0] for map_ in waiting for one in map_.unmapped if one.url} - found.keys()
        if not urls:
            break
        new = await _by_url(deployment, sorted(urls))
        found |= new
        waiting = list(new.values())
    return found


async def _search(deployment: Deployment, name: str, value: str) -> list[ConceptMap]:
    if not value:
        return []
    page = await deployment.store.resources.search(parse("ConceptMap", [(name, value), ("_count", str(_MOST_MAPS))]))
    if page.next is not None:
        raise BadRequest(f"more than {_MOST_MAPS} concept maps have the code: name one by 'url'")
    return [await _read(stored.body) for stored in page.entries]


async def _read(body: bytes) -> ConceptMap:
    return await event_loop.run(lambda: ConceptMap.of(fhir_json.parse(body)), body)


def _answered(matches: Sequence[Match]) -> Iterator[Resource]:
    told = [one for one in matches if not one.untold]
    result = any(one.translates for one in told)
    yield {"name": "result", "valueBoolean": result}
    if any(one.untold for one in matches):
        yield {"name": "message", "valueString": "there are translations that depend on other elements ('dependency')"}
    elif not result:
        yield {"name": "message", "valueString": "no translation is known"}
    for one in told:
        yield {"name": "match", "part": list(_match(one))}


def _match(match: Match) -> Iterator[Resource]:
    yield {"name": "equivalence", "valueCode": match.equivalence}
    if match.coded.code:
        yield {"name": "concept", "valueCoding": _coding(match.coded)}
    for one in match.products:
        parts = [{"name": "element", "valueUri": one.element}, {"name": "concept", "valueCoding": _coding(one.coded)}]
        yield {"name": "product", "part": parts}
    if match.source:
        yield {"name": "source", "valueUri": match.source}


def _coding(coded: Coded) -> Resource:
    row = {"system": coded.system, "version": coded.version, "code": coded.code, "display": coded.display}
    return {name: value for name, value in row.items() if value}
