"""What all commands share: exit codes, errors as lines, JSON files, and the name of the database."""

from pathlib import Path

import pytest
import typer

from gateway import settings
from gateway.cli.run import FAILED, WRONG_SET_UP, configured, database_of, read_json, run
from gateway.errors import ConfigurationError, GatewayError, Invalid, Issue, Malformed


def ended(error: BaseException, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    """Return the exit code and the lines on stderr of a command that raises `error`."""

    async def work() -> None:
        raise error

    with pytest.raises(typer.Exit) as exit_:
        run(work())
    return exit_.value.exit_code, capsys.readouterr().err.splitlines()


def test_an_error_is_one_line_an_issue_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    issues = [Issue("error", "invalid", "first", "Patient.name"), Issue("warning", "invalid", "second [sic]")]
    code, lines = ended(Invalid("both", issues=issues), capsys)
    assert code == FAILED == 1
    assert lines == ["error: first (Patient.name)", "warning: second [sic]"]


def test_a_wrong_configuration_has_an_exit_code_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(ConfigurationError("mappings/a.yaml:3: wrong"), capsys) == (
        WRONG_SET_UP,
        ["error: mappings/a.yaml:3: wrong"],
    )


def test_an_error_of_the_system_names_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(OSError(28, "No space left on device", "/data/x"), capsys) == (
        1,
        ["error: /data/x: No space left on device"],
    )


def test_ctrl_c_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(KeyboardInterrupt(), capsys) == (130, [])


def test_a_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    file = tmp_path / "broken.json"
    file.write_text('{"resourceType": "Patient"')
    with pytest.raises(Malformed, match=r"broken\.json: Not valid JSON"):
        read_json(file)
    with pytest.raises(ConfigurationError, match=r"none\.json: No such file"):
        read_json(tmp_path / "none.json")
    file.write_text('{"resourceType": "Patient"}')
    assert read_json(file) == {"resourceType": "Patient"}


def test_the_database_is_named_without_its_password(tmp_path: Path) -> None:
    embedded = database_of(settings.read(data_dir=tmp_path))
    assert embedded == f"the database in the data folder {tmp_path} (choose another: --data-dir, GATEWAY_DATA_DIR)"
    own = database_of(settings.read(mongo_uri="mongodb://u:geheim@db/", database="ward"))
    assert own == "the database ward at GATEWAY_MONGO_URI"


def test_a_wrong_setting_ends_the_command_with_its_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GATEWAY_PORT", "many")
    with pytest.raises(typer.Exit) as exit_:
        configured("warning")
    assert exit_.value.exit_code == WRONG_SET_UP and "GATEWAY_PORT" in capsys.readouterr().err


def test_errors_of_the_gateway_are_caught_and_others_are_not() -> None:
    async def work(error: Exception) -> None:
        raise error

    with pytest.raises(typer.Exit):
        run(work(GatewayError("known")))
    with pytest.raises(ZeroDivisionError):
        run(work(ZeroDivisionError()))
