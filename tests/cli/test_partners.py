"""`gateway sync add` and `partners`: the partners file is verified before it is changed."""

from tests.cli.conftest import Terminal


def test_a_partner_is_added_to_a_file_that_is_made_if_need_be(gateway: Terminal) -> None:
    file = gateway.folder / "partners.yaml"
    first = ["sync", "add", "north", "https://north.example/fhir", "--type", "Patient", "--partners", str(file)]
    assert gateway(*first, data=False).exit_code == 0
    file.write_text("# ours\n" + file.read_text())
    second = ["sync", "add", "south", "https://south.example/fhir", "--type", "Patient", "--type", "Observation"]
    result = gateway(*second, "--direction", "pull", "--schedule", "30", "--partners", str(file), data=False)
    assert result.exit_code == 0, result.output
    listed = gateway("sync", "partners", "--partners", str(file), data=False).output
    assert "north" in listed and "south" in listed and "30 s" in listed
    assert file.read_text().startswith("# ours\n")


def test_a_wrong_partner_leaves_the_file_as_it_was(gateway: Terminal) -> None:
    file = gateway.folder / "partners.yaml"
    good = ["sync", "add", "north", "https://north.example/fhir", "--type", "Patient", "--partners", str(file)]
    gateway(*good, data=False)
    before = file.read_text()
    for wrong in (
        ["north", "https://other.example/fhir", "--type", "Patient"],
        ["west", "ftp://west.example", "--type", "Patient"],
        ["west", "https://west.example/fhir", "--type", "Patiente"],
        ["west", "https://west.example/fhir", "--type", "Patient", "--direction", "up"],
    ):
        result = gateway("sync", "add", *wrong, "--partners", str(file), data=False)
        assert result.exit_code == 2 and str(file) in result.output, wrong
    assert file.read_text() == before
    assert [path.name for path in gateway.folder.iterdir()] == ["partners.yaml"]


def test_all_faults_of_a_new_partner_are_told_at_no_line_that_is_not_there(gateway: Terminal) -> None:
    file = gateway.folder / "partners.yaml"
    wrong = ["west", "ftp://west.example", "--type", "Patiente", "--direction", "up", "--partners", str(file)]
    result = gateway("sync", "add", *wrong, data=False)
    assert result.exit_code == 2 and not file.exists()
    told = [line.removeprefix(f"error: {file}: ") for line in result.output.splitlines()]
    assert [text.partition(":")[0] for text in told] == ["base_url", "types", "direction"], result.output
    assert "'Patiente' is not an R4 resource type" in told[1] and "one of both, pull, push" in told[2]


def test_an_unknown_partner_is_answered_with_the_known_ones(gateway: Terminal) -> None:
    file = gateway.folder / "partners.yaml"
    good = ["sync", "add", "north", "https://north.example/fhir", "--type", "Patient", "--partners", str(file)]
    gateway(*good, data=False)
    result = gateway("sync", "run", "nroth", "--partners", str(file))
    assert result.exit_code == 2 and "north" in result.output
