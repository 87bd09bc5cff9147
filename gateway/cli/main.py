"""The table of commands."""

import typer

from gateway import __version__
from gateway.cli import (
    codes,
    console,
    demo,
    doctor,
    fhirpath,
    import_files,
    maps,
    profiles,
    quality,
    score,
    serve,
    sync,
    validate,
    view,
)

app = typer.Typer(
    name="gateway",
    help="A FHIR interoperability gateway: maps, synchronises and scores FHIR R4 resources on MongoDB.",
    no_args_is_help=True,
    rich_markup_mode="rich" if console.for_people() else None,
    context_settings={} if console.for_people() else {"terminal_width": console.WHOLE_LINE},
    pretty_exceptions_show_locals=False,  # locals may hold patient data
)
app.command()(serve.serve)
app.command()(demo.demo)
app.command("import")(import_files.load)
app.command()(score.score)
app.command()(doctor.doctor)
app.command()(quality.quality)
app.command()(fhirpath.fhirpath)
app.command()(validate.validate)
app.add_typer(sync.app, name="sync")
app.add_typer(maps.app, name="map")
app.add_typer(codes.app, name="codes")
app.add_typer(view.app, name="view")
app.add_typer(profiles.app, name="profiles")


def version(value: bool) -> None:
    if value:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def main(
    _: bool = typer.Option(False, "--version", callback=version, is_eager=True, help="Print the version and exit."),
) -> None:
    pass
