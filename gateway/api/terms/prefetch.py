"""What a search needs to know of code systems and value sets, fetched before it is understood: understanding it does no
I/O (https://hl7.org/fhir/R4/search.html#token)."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from gateway.api.process.deployment import Deployment
from gateway.api.terms.terminology import Kind, terminology_for
from gateway.errors import BadRequest
from gateway.fhir.terminology import Terminology, base
from gateway.search.binding.filter_operators import in_full
from gateway.search.language.filter_grammar import comparisons, parse
from gateway.search.notation.values import fields, split, unescape

_IN = (":in", ":not-in")
_HIERARCHY = (":above", ":below")
_OPERATORS = {"in": ":in", "ni": ":in", "ss": ":below", "sb": ":above"}


async def for_search(deployment: Deployment, pairs: Iterable[tuple[str, str]], base_url: str = "") -> Terminology:
    """The terminology that a query needs; costs nothing where no parameter has `:in`, `:not-in`, `:above`, `:below`."""
    wanted = [one for name, value in pairs for one in _wanted(name, value)]
    if wanted:
        return await terminology_for(deployment, wanted, base_url=base_url)
    return deployment.profiles.terminology if deployment.profiles else base()


def _wanted(name: str, value: str) -> Iterator[tuple[Kind, str]]:
    """Chains and `_has` end with the modifier of their last parameter."""
    if name.endswith("_filter"):
        yield from _by_filter(value)
    elif name.endswith(_IN):
        yield from (("ValueSet", unescape(one)) for one in split(value, ","))
    elif name.endswith(_HIERARCHY):
        for one in split(value, ","):
            system, *code = fields(one)
            if code and system:
                yield "CodeSystem", system


def _by_filter(text: str) -> Iterator[tuple[Kind, str]]:
    """What cannot be read is refused when the search is understood."""
    with suppress(BadRequest):
        for one in comparisons(parse(text)):
            name = one.path[-1].name + _OPERATORS.get(one.operator, "")
            yield from _wanted(name, in_full(one.value))
