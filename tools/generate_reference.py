"""Write the pages of docs/reference/ whose content the code knows.

    python tools/generate_reference.py

Run it after a change of settings, commands, routes, search parameters, scores or rules of quality. A test compares
the pages with the code.
"""

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import typer
from pydantic_core import PydanticUndefined

from gateway.api.internal.routes import ROUTES as INTERNAL_ROUTES
from gateway.api.table.interactions import ROUTES as FHIR_ROUTES
from gateway.api.table.operations import OPERATIONS
from gateway.cli import app
from gateway.fhir import r4
from gateway.mapping.quality.limits import sources
from gateway.mapping.quality.rules import RULES
from gateway.mapping.quality.text import PLACEHOLDERS
from gateway.risk.inputs import LOINC, Input, Measure
from gateway.risk.scores import SCORES
from gateway.search.definitions.parameters import parameters
from gateway.search.types import TYPES
from gateway.settings import Settings

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
_NAMED_DEFAULT = re.compile(r" \[default: ([^\]]+)\]")
NOTE = "<!-- Written by tools/generate_reference.py: change the code, not this page. -->\n"


def settings_page() -> str:
    described = attribute_docstrings(Settings)
    rows = [
        (f"`GATEWAY_{name.upper()}`", _default(name, field), described[name])
        for name, field in Settings.model_fields.items()
    ]
    return _page(
        "Settings",
        "Every setting is an environment variable. The commands take some of them as [options](cli.md), which win "
        "over the environment. The log names variables that begin with `GATEWAY_` and are no settings, with the "
        "setting that was probably meant.",
        table(("Variable", "Default", "Meaning"), rows),
    )


def _default(name: str, field: Any) -> str:
    if name == "mappings":  # a path that differs between a checkout and an installed package
        return "the shipped files, `mappings/` in a checkout"
    default = field.get_default()
    return "none" if default in (None, (), PydanticUndefined) else f"`{_plain(default)}`"


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def cli_page() -> str:
    command = typer.main.get_command(app)
    return _page(
        "Commands",
        "`gateway --help` and `gateway COMMAND --help` print the same. Every command that takes `--json` prints one "
        "JSON object for programs.",
        "\n".join(_commands(command, "gateway")),
    )


def _commands(command: Any, name: str) -> Iterator[str]:
    children = getattr(command, "commands", {})
    if name != "gateway":
        yield f"## {name}\n"
        yield f"{_paragraphs(command.help)}\n"
    if not children:
        yield f"{_usage(command, name)}\n"
        yield from _parameters(command)
    for word, child in children.items():
        yield from _commands(child, f"{name} {word}")


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in inspect.cleandoc(text or "").split("\n\n"))


def _usage(command: Any, name: str) -> str:
    arguments = [_argument(parameter) for parameter in command.params if not parameter.opts[0].startswith("-")]
    return "    " + " ".join([name, *arguments, "[OPTIONS]"])


def _argument(parameter: Any) -> str:
    word = (parameter.metavar or parameter.name).upper()
    word = f"{word}…" if parameter.nargs == -1 else word
    return word if parameter.required else f"[{word}]"


def _parameters(command: Any) -> Iterator[str]:
    rows = [
        (f"`{_written(parameter)}`", *_default_and_meaning(parameter))
        for parameter in command.params
        if not parameter.hidden
    ]
    if rows:
        yield table(("Argument or option", "Default", "Meaning"), rows)


def _written(parameter: Any) -> str:
    if not parameter.opts[0].startswith("-"):
        return str((parameter.metavar or parameter.name).upper())
    names = ", ".join([*parameter.opts, *parameter.secondary_opts])
    value = parameter.metavar or parameter.name.upper().rstrip("_")
    return names if parameter.is_flag else f"{names} {value}"


def _default_and_meaning(parameter: Any) -> tuple[str, str]:
    """Return the default, which the help may name itself as `[default: …]`, and the help without it."""
    meaning = _paragraphs(parameter.help)
    if named := _NAMED_DEFAULT.search(meaning):
        return f"`{named[1]}`", meaning.replace(named[0], "")
    default = parameter.default
    shown = parameter.show_default and default not in (None, False, "", (), []) and not callable(default)
    return f"`{_plain(default)}`" if shown else "", meaning


def routes_page() -> str:
    fhir = [(f"`/fhir{route.path}`", _methods(route), _sentence(route.summary)) for route in FHIR_ROUTES]
    internal = [(f"`/internal{route.path}`", ", ".join(route.handlers), route.summary) for route in INTERNAL_ROUTES]
    operations = [
        (f"`${row.name}`", ", ".join(row.types) or "all", ", ".join(row.offers) or "type", row.summary, row.definition)
        for row in OPERATIONS
    ]
    return _page(
        "Routes",
        "What each route accepts and answers is in [the FHIR interface](fhir-interface.md) and "
        "[the internal interface](internal-interface.md). Where `GET` is offered, `HEAD` is too.",
        "## Operations\n",
        table(("Operation", "Types", "Levels", "Purpose", "Definition"), operations),
        "## Below /fhir\n",
        table(("Path", "Methods", "Purpose"), [row for row in fhir if "$" not in row[0]]),
        "## Below /internal\n",
        table(("Path", "Methods", "Purpose"), internal),
    )


def _methods(route: Any) -> str:
    return ", ".join(route.offers)


def _sentence(text: str) -> str:
    return text.replace("|", "\\|")


def search_page() -> str:
    modifiers = [
        (name, ", ".join(f"`:{modifier}`" for modifier in sorted(_modifiers(name))) or "none")
        for name in sorted(TYPES)
        if name not in ("identity", "updated")
    ]
    return _page(
        "Search parameters",
        "The parameters that can be searched, by resource type, from HL7's "
        "[definitions](https://hl7.org/fhir/R4/searchparameter-registry.html). Every type also has the common "
        "parameters and `_filter`. How they are read is in [search](../explanation/decisions/search.md).",
        "## Modifiers\n\nEvery type has `:missing` too.\n",
        table(("Type of parameter", "Modifiers"), modifiers),
        "## Common to all types\n",
        _by_type(parameters(None)),
        *(f"## {type_}\n\n{_by_type(_added(type_))}" for type_ in sorted(r4.resource_types())),
    )


def _modifiers(name: str) -> set[str]:
    known = set(TYPES[name].MODIFIERS)
    return (known - r4.resource_types()) | ({"[type]"} if known & r4.resource_types() else set())


def _added(type_: str) -> dict[str, Any]:
    common = parameters(None)
    return {name: parameter for name, parameter in parameters(type_).items() if name not in common}


def _by_type(found: dict[str, Any]) -> str:
    shown = {"identity": "token", "updated": "date", "words": "string"}
    grouped: dict[str, list[str]] = {}
    for name, parameter in sorted(found.items()):
        grouped.setdefault(shown.get(parameter.type, parameter.type), []).append(f"`{name}`")
    if not grouped:
        return "Only the common ones.\n"
    return "".join(f"- {type_}: {', '.join(names)}\n" for type_, names in sorted(grouped.items()))


def findings_page() -> str:
    letters = [
        (source.letter, ". ".join(filter(None, (source.title, source.edition, source.place))), source.link)
        for source in sources().values()
    ]
    return _page(
        "Findings of data quality",
        "The rules that the mappings apply, by the name that stands in `quality.rule` of a document. `gateway quality` "
        "counts findings by these names. [Data quality](../explanation/data-quality.md) says what each step does.",
        "## Rules\n",
        table(("Rule", "Meaning"), [(f"`{rule}`", text) for rule, text in RULES.items()]),
        "The store adds `duplicate.exact` and `duplicate.near` if an earlier document has the same fingerprint.\n",
        "## Placeholders\n",
        "These words stand for no value (`text.placeholder`). A text is compared as a whole, "
        "without regard to case; in names, Null, Na or None may be somebody's name and stay.\n",
        ", ".join(f"`{word}`" for word in sorted(PLACEHOLDERS)) + "\n",
        "## Sources of the limits\n",
        "The letters stand behind each limit in `gateway/mapping/quality/loinc.csv`.\n",
        table(("Letter", "Source", "Link"), letters),
    )


def scores_page() -> str:
    scores = [
        (
            f"{score.title} ({score.version})",
            ", ".join(f"{need.input.label} ({_window(need.within)})" for need in score.needs),
            f"{score.ages.low} years and over" + ("; male or female" if score.uses_sex else ""),
            ", ".join(f"{_system(coding.system)} {coding.code}" for coding in score.code),
            f"`{score.unit}`",
            f"{score.horizon.total_seconds() / 3600:.0f} hours" if score.horizon else "the current state",
            f"[{score.source.citation}](https://doi.org/{score.source.doi})",
        )
        for score in SCORES
    ]
    inputs = {need.input.name: need.input for score in SCORES for need in score.needs}
    return _page(
        "Scores",
        "The published scores that the gateway computes. They support integration and research; the gateway is **not a "
        "medical device**. [Risk scores](../explanation/risk-scores.md) says when a score is computed and what is "
        "written.",
        "## Scores\n",
        table(("Score", "Inputs and their age", "Patients", "Result code", "Unit", "Predicts", "Source"), scores),
        "## Inputs\n",
        table(("Input", "Codes", "Unit and accepted range"), [_input(entry) for entry in inputs.values()]),
    )


def _system(system: str) -> str:
    return "LOINC" if system == LOINC else "SNOMED CT"


def _window(within: timedelta | None) -> str:
    if within is None:
        return "any age since adulthood"
    minutes = within.total_seconds() / 60
    return f"{minutes:.0f} minutes" if minutes < 24 * 60 else f"{within.days} days"


def _input(entry: Input) -> tuple[str, ...]:
    parts = [part for reader in entry.readers.values() for part in getattr(reader, "args", ())]
    ranges = {f"{part.low} to {part.high} `{part.unit}`" for part in parts if isinstance(part, Measure)}
    codes = ", ".join(f"{_system(system)} {code}" for system, code in entry.readers)
    return entry.label, codes, ", ".join(sorted(ranges)) or "coded answer"


def attribute_docstrings(class_: type) -> dict[str, str]:
    """Return the string below each attribute of a class, as one line. Raises KeyError by lookup of a missing one."""
    (definition,) = ast.parse(inspect.getsource(class_)).body
    assert isinstance(definition, ast.ClassDef)
    described = {}
    for attribute, below in zip(definition.body, definition.body[1:], strict=False):
        match attribute, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                described[name] = " ".join(text.split())
    return described


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _page(title: str, *parts: str) -> str:
    return "\n".join([f"# {title}\n", NOTE, *(f"{part.rstrip()}\n" for part in parts)])


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "cli.md": cli_page,
    "routes.md": routes_page,
    "search-parameters.md": search_page,
    "findings.md": findings_page,
    "scores.md": scores_page,
}


def main() -> None:
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
