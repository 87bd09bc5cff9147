"""The table of commands."""

import typer

from gateway import __version__
from gateway.cli.codes.commands import codes_app
from gateway.cli.console import WHOLE_LINE, for_people
from gateway.cli.demo import demo
from gateway.cli.doctor import doctor
from gateway.cli.fhirpath import fhirpath
from gateway.cli.import_files import import_files
from gateway.cli.mapping.commands import map_app
from gateway.cli.profiles import profiles_app
from gateway.cli.quality import quality
from gateway.cli.score import score
from gateway.cli.serve import serve
from gateway.cli.sync import sync_app
from gateway.cli.validate import validate
from gateway.cli.view import view_app

app = typer.Typer(
    name="gateway",
    help="A FHIR interoperability gateway: maps, synchronizes and scores FHIR R4 resources on MongoDB.",
    no_args_is_help=True,
    rich_markup_mode="rich" if for_people() else None,
    context_settings={} if for_people() else {"terminal_width": WHOLE_LINE},
    pretty_exceptions_show_locals=False,  # locals may hold patient data
)
app.command()(serve)
app.command()(demo)
app.command("import")(import_files)
app.command()(score)
app.command()(doctor)
app.command()(quality)
app.command()(fhirpath)
app.command()(validate)
app.add_typer(sync_app, name="sync")
app.add_typer(map_app, name="map")
app.add_typer(codes_app, name="codes")
app.add_typer(view_app, name="view")
app.add_typer(profiles_app, name="profiles")


def version(value: bool) -> None:
    """Print the version and end, if the option was given."""
    if value:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    _: bool = typer.Option(False, "--version", callback=version, is_eager=True, help="Print the version and exit."),
) -> None:
    # Typer needs a function for the options of the program itself. Its docstring would become the help.
    pass
