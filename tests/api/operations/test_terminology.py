"""The terminology operations on what R4 defines, on what is stored, and on what comes with the request."""

from typing import Any

import httpx
import pytest

from gateway.api import Deployment
from gateway.api.terms.search_context import search_context
from gateway.api.terms.terminology import terminology_for
from gateway.errors import NotSupported
from gateway.fhir import xml
from gateway.fhir.validate import validate
from gateway.search.context import Terms
from gateway.search.query import parse_tree
from tests.api.expect import outcome, resource
from tests.fhir.terminology.made import ANIMALS, animals, concept, filtered, include, system, value_set

Json = dict[str, Any]
GENDER = "http://hl7.org/fhir/administrative-gender"
GENDERS = "http://hl7.org/fhir/ValueSet/administrative-gender"
ACT_MOOD = "http://terminology.hl7.org/CodeSystem/v3-ActMood"
SET = "http://example.org/ValueSet/set"
PLANTS = "http://example.org/CodeSystem/plants"


def parameters(**given: Any) -> Json:
    """`code="x"` and other values by the name of their type: `coding=("Coding", {…})`; resources as they are."""
    rows = []
    for name, value in given.items():
        if isinstance(value, tuple):
            rows.append({"name": name.replace("_", "-"), f"value{value[0]}": value[1]})
        else:
            rows.append(
                {"name": name, "resource": value} if isinstance(value, dict) else {"name": name, "valueUri": value}
            )
    return {"resourceType": "Parameters", "parameter": rows}


def values(answer: httpx.Response) -> Json:
    """The plain parameters of the answer by name."""
    found = resource(answer)
    assert found["resourceType"] == "Parameters"
    assert [one for one in validate(found) if one.severity == "error"] == []
    return {
        row["name"]: next(value for name, value in row.items() if name.startswith("value"))
        for row in found["parameter"]
        if any(name.startswith("value") for name in row)
    }


def properties(answer: httpx.Response, name: str = "property") -> list[Json]:
    """The values of the parts of each parameter `name`, by the name of the part."""
    rows = [row["part"] for row in resource(answer)["parameter"] if row["name"] == name]
    return [{part["name"]: next(v for k, v in part.items() if k.startswith("value")) for part in row} for row in rows]


def codes(answer: httpx.Response) -> list[str]:
    found = resource(answer)
    assert found["resourceType"] == "ValueSet"
    assert [one for one in validate(found) if one.severity == "error"] == []
    return [one["code"] for one in found["expansion"].get("contains", [])]


@pytest.fixture
async def zoo(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """With the animals, CodeSystem/a, and the set of all of them, ValueSet/s, stored."""
    resource(await client.put("CodeSystem/a", json=animals(id="a", version="1", name="Animals")), 201)
    resource(await client.put("ValueSet/s", json=value_set(include(), id="s", title="All animals")), 201)
    return client


class TestExpand:
    async def test_a_value_set_of_r4(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("ValueSet/$expand", params={"url": GENDERS})
        assert codes(answer) == ["male", "female", "other", "unknown"]
        found = answer.json()
        assert (found["url"], found["version"], found["status"]) == (GENDERS, "4.0.1", "active")
        assert "compose" not in found
        expansion = found["expansion"]
        assert expansion["total"] == 4
        assert expansion["identifier"].startswith("urn:uuid:")
        assert expansion["timestamp"]
        assert expansion["parameter"] == [{"name": "version", "valueUri": f"{GENDER}|4.0.1"}]
        assert expansion["contains"][0] == {"system": GENDER, "version": "4.0.1", "code": "male", "display": "Male"}

    async def test_a_stored_one_by_address_by_id_and_one_that_is_sent(self, zoo: httpx.AsyncClient) -> None:
        everything = ["animal", "mammal", "dog", "cat", "bat", "bird", "eagle", "dodo", "flier"]
        assert codes(await zoo.get("ValueSet/$expand", params={"url": SET})) == everything
        assert codes(await zoo.post("ValueSet/$expand", json=parameters(url=SET))) == everything
        assert codes(await zoo.get("ValueSet/s/$expand")) == everything
        assert codes(await zoo.post("ValueSet/s/$expand")) == everything
        birds = value_set(filtered("concept", "is-a", "bird"))
        assert codes(await zoo.post("ValueSet/$expand", json=parameters(valueSet=birds))) == ["bird", "eagle", "dodo"]
        assert codes(await zoo.post("ValueSet/$expand", json=birds)) == ["bird", "eagle", "dodo"]

    async def test_what_is_included_is_found_among_what_is_stored(self, zoo: httpx.AsyncClient) -> None:
        outer = value_set({"valueSet": [SET]}, {"valueSet": [GENDERS]}, id="o", name="outer")
        await zoo.put("ValueSet/o", json=outer)
        assert codes(await zoo.get("ValueSet/$expand", params={"url": outer["url"]}))[-5:] == [
            "flier",
            "male",
            "female",
            "other",
            "unknown",
        ]

    async def test_what_a_contained_value_set_includes_is_found_as_well(self, zoo: httpx.AsyncClient) -> None:
        inner = value_set(include(), name="inner", id="i")
        assert (
            len(codes(await zoo.post("ValueSet/$expand", json=value_set({"valueSet": ["#i"]}, contained=[inner])))) == 9
        )

    async def test_a_change_of_what_is_stored_changes_the_expansion(self, zoo: httpx.AsyncClient) -> None:
        await zoo.put("CodeSystem/a", json=system(concept("worm"), id="a"))
        assert codes(await zoo.get("ValueSet/$expand", params={"url": SET})) == ["worm"]
        await zoo.delete("CodeSystem/a")
        outcome(await zoo.get("ValueSet/$expand", params={"url": SET}), 400, "not-supported")

    async def test_pages(self, zoo: httpx.AsyncClient) -> None:
        answer = await zoo.get("ValueSet/s/$expand?offset=2&count=3")
        assert codes(answer) == ["dog", "cat", "bat"]
        expansion = answer.json()["expansion"]
        assert (expansion["total"], expansion["offset"]) == (9, 2)
        assert {"name": "count", "valueInteger": 3} in expansion["parameter"]
        counted = await zoo.get("ValueSet/s/$expand?count=0")
        assert codes(counted) == []
        assert counted.json()["expansion"]["total"] == 9
        assert codes(await zoo.get("ValueSet/s/$expand?offset=20")) == []

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("filter=EA", ["eagle"]),
            ("filter=ma", ["mammal"]),
            ("filter=nothing", []),
            ("activeOnly=true&filter=do", ["dog"]),
            ("excludeNotForUI=true&count=1", ["mammal"]),
            (f"exclude-system={ANIMALS}", []),
            (f"exclude-system={ANIMALS}|2&filter=eagle", ["eagle"]),
            (f"system-version={ANIMALS}|1&filter=eagle", ["eagle"]),
            (f"check-system-version={ANIMALS}|1&filter=eagle", ["eagle"]),
        ],
    )
    async def test_what_restricts_it(self, zoo: httpx.AsyncClient, query: str, expected: list[str]) -> None:
        assert codes(await zoo.get(f"ValueSet/s/$expand?{query}")) == expected

    async def test_abstract_and_inactive_codes_are_marked(self, zoo: httpx.AsyncClient) -> None:
        contains = resource(await zoo.get("ValueSet/s/$expand"))["expansion"]["contains"]
        assert [one["code"] for one in contains if one.get("abstract")] == ["animal"]
        assert [one["code"] for one in contains if one.get("inactive")] == ["dodo"]

    async def test_displays_and_designations_in_languages(self, client: httpx.AsyncClient) -> None:
        german, latin = {"language": "de", "value": "Hund"}, {"language": "la", "value": "canis"}
        dog = concept("dog", designation=[german, latin])
        await client.put("CodeSystem/a", json=system(dog, id="a"))
        await client.put("ValueSet/s", json=value_set(include(), id="s"))

        async def first(query: str) -> Json:
            found: Json = resource(await client.get(f"ValueSet/s/$expand?{query}"))["expansion"]["contains"][0]
            return found

        assert (await first(""))["display"] == "Dog"
        assert (await first("displayLanguage=de-CH"))["display"] == "Hund"
        assert (await first("displayLanguage=fr"))["display"] == "Dog"
        assert "designation" not in await first("includeDesignations=false&designation=de")
        assert (await first("includeDesignations=true"))["designation"] == [german, latin]
        assert (await first("designation=urn:ietf:bcp:47|la"))["designation"] == [latin]

    async def test_versions(self, zoo: httpx.AsyncClient) -> None:
        await zoo.put("CodeSystem/b", json=system(concept("worm"), id="b", version="2"))
        assert codes(await zoo.get("ValueSet/s/$expand")) == ["worm"]
        assert len(codes(await zoo.get(f"ValueSet/s/$expand?system-version={ANIMALS}|1"))) == 9
        fixed = value_set(include(version="1"))
        forced = parameters(valueSet=fixed, force_system_version=("Canonical", f"{ANIMALS}|2"))
        answer = await zoo.post("ValueSet/$expand", json=forced)
        assert codes(answer) == ["worm"]
        recorded = answer.json()["expansion"]["parameter"]
        assert {"name": "force-system-version", "valueUri": f"{ANIMALS}|2"} in recorded
        checked = parameters(valueSet=fixed, check_system_version=("Canonical", f"{ANIMALS}|2"))
        outcome(await zoo.post("ValueSet/$expand", json=checked), 400)
        missing = parameters(valueSet=value_set(include(version="7")))
        outcome(await zoo.post("ValueSet/$expand", json=missing), 400, "not-supported")

    async def test_its_definition_comes_with_it_if_asked_for(self, zoo: httpx.AsyncClient) -> None:
        found = resource(await zoo.get("ValueSet/s/$expand?includeDefinition=true"))
        assert found["compose"] == {"include": [{"system": ANIMALS}]}
        assert found["title"] == "All animals"

    @pytest.mark.parametrize(
        ("path", "status", "code", "says"),
        [
            ("ValueSet/$expand", 400, "invalid", "'url'"),
            ("ValueSet/$expand?url=http://example.org/none", 404, "not-found", "http://example.org/none"),
            (f"ValueSet/$expand?url={GENDERS}|3", 404, "not-found", "|3"),
            (f"ValueSet/$expand?url={GENDERS}&valueSetVersion=3", 404, "not-found", "|3"),
            ("ValueSet/none/$expand", 404, "not-found", "ValueSet/none"),
            ("ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/body-site", 400, "not-supported", "snomed"),
            ("ValueSet/$expand?context=Patient.gender", 400, "not-supported", "'context'"),
            (f"ValueSet/$expand?url={GENDERS}&count=many", 400, "invalid", "'count'"),
            (f"ValueSet/$expand?url={GENDERS}&count=-1", 400, "invalid", "'count'"),
            (f"ValueSet/$expand?url={GENDERS}&activeOnly=yes", 400, "invalid", "'activeOnly'"),
            (f"ValueSet/$expand?url={GENDERS}&date=2001", 400, "not-supported", "'date'"),
            (f"ValueSet/$expand?url={GENDERS}&system-version={GENDER}", 400, "invalid", "'system-version'"),
            (f"ValueSet/$expand?url={GENDERS}&url={GENDERS}", 400, "invalid", "'url'"),
            ("ValueSet/$expand?valueSet=x", 400, "invalid", "'valueSet'"),
        ],
    )
    async def test_what_cannot_be_expanded(
        self, client: httpx.AsyncClient, path: str, status: int, code: str, says: str
    ) -> None:
        [issue] = outcome(await client.get(path), status, code)
        assert says in issue["diagnostics"]

    async def test_an_error_of_a_parameter_says_where_it_is(self, client: httpx.AsyncClient) -> None:
        [issue] = outcome(await client.get("ValueSet/$expand"), 400)
        assert issue["expression"] == ["Parameters.parameter.where(name = 'url')"]

    async def test_value_sets_that_include_each_other(self, client: httpx.AsyncClient) -> None:
        for name, other in (("one", "two"), ("two", "one")):
            made = value_set({"valueSet": [f"http://example.org/ValueSet/{other}"]}, name=name, id=name)
            await client.put(f"ValueSet/{name}", json=made)
        outcome(await client.get("ValueSet/one/$expand"), 400, "invalid")

    async def test_what_is_too_much_in_one_piece_comes_in_pages(self, client: httpx.AsyncClient) -> None:
        many = system(*({"code": f"c{number}"} for number in range(10_001)), id="m")
        api_set = value_set(include(), contained=[many])
        outcome(await client.post("ValueSet/$expand", json=api_set), 400, "too-costly")
        page = await client.post("ValueSet/$expand?count=2&offset=9999", json=api_set)
        assert codes(page) == ["c9999", "c10000"]

    @pytest.mark.parametrize(
        "body",
        [
            {"resourceType": "Patient"},
            {"resourceType": "Parameters", "parameter": {}},
            {"resourceType": "Parameters", "parameter": [1]},
            {"resourceType": "Parameters", "parameter": [{"valueUri": "x"}]},
            {"resourceType": "Parameters", "parameter": [{"name": "url", "valueUri": 1}]},
            {"resourceType": "Parameters", "parameter": [{"name": "url", "valueInteger": 1}]},
            {"resourceType": "Parameters", "parameter": [{"name": "valueSet", "resource": []}]},
            {
                "resourceType": "Parameters",
                "parameter": [{"name": "valueSet", "resource": {"resourceType": "Patient"}}],
            },
            {"resourceType": "ValueSet", "compose": {"include": [{"system": 7}]}},
            {"resourceType": "ValueSet", "compose": {"include": [{"system": "#x"}]}, "contained": [{"id": "x"}, {}]},
            {"resourceType": "ValueSet"},
        ],
    )
    async def test_bodies_that_are_wrong(self, client: httpx.AsyncClient, body: Json) -> None:
        outcome(await client.post("ValueSet/$expand", json=body), 400)

    async def test_inside_a_batch(self, zoo: httpx.AsyncClient) -> None:
        entries = [{"request": {"method": "GET", "url": "ValueSet/s/$expand?filter=eagle"}}]
        found = resource(await zoo.post("", json={"resourceType": "Bundle", "type": "batch", "entry": entries}))
        assert found["entry"][0]["resource"]["expansion"]["total"] == 1


class TestLookup:
    async def test_all_that_is_known(self, zoo: httpx.AsyncClient) -> None:
        answer = await zoo.get("CodeSystem/$lookup", params={"system": ANIMALS, "code": "bat"})
        assert values(answer) == {"name": "Animals", "version": "1", "display": "Bat"}
        assert properties(answer) == [
            {"code": "inactive", "value": False},
            {"code": "parent", "value": "mammal", "description": "Mammal"},
            {"code": "parent", "value": "flier", "description": "Flier"},
        ]
        coding = ("Coding", {"system": ANIMALS, "code": "dog"})
        dog = properties(await zoo.post("CodeSystem/$lookup", json=parameters(coding=coding)))
        assert {"code": "legs", "value": 4} in dog

    async def test_only_what_is_asked_for(self, zoo: httpx.AsyncClient) -> None:
        query = {"system": ANIMALS, "code": "bird", "property": ["child", "url"]}
        found = properties(await zoo.get("CodeSystem/$lookup", params=query))
        assert [one["value"] for one in found] == [ANIMALS, "eagle", "dodo"]

    async def test_definition_and_designations_of_r4(self, client: httpx.AsyncClient) -> None:
        query = {"system": "http://terminology.hl7.org/CodeSystem/v2-0001", "code": "F", "displayLanguage": "de"}
        answer = await client.get("CodeSystem/$lookup", params=query)
        assert values(answer)["display"] == "weiblich"
        assert ("de", "weiblich") in {(one["language"], one["value"]) for one in properties(answer, "designation")}
        mood = await client.get("CodeSystem/$lookup", params={"system": ACT_MOOD, "code": "CRT"})
        found = {one["code"]: one["value"] for one in properties(mood)}
        assert (found["inactive"], found["status"]) == (True, "deprecated")
        assert found["definition"]

    @pytest.mark.parametrize(
        ("query", "status", "says"),
        [
            ({"code": "male"}, 400, "'system'"),
            ({"system": GENDER}, 400, "code, coding"),
            ({}, 400, "code, coding"),
            ({"system": GENDER, "code": "x"}, 404, "'x'"),
            ({"system": "http://snomed.info/sct", "code": "73211009"}, 404, "73211009"),
            ({"system": "http://example.org/none", "code": "x"}, 404, "http://example.org/none"),
            ({"system": GENDER, "code": "male", "version": "9"}, 404, "|9"),
        ],
    )
    async def test_what_is_not_known(self, client: httpx.AsyncClient, query: Json, status: int, says: str) -> None:
        [issue] = outcome(await client.get("CodeSystem/$lookup", params=query), status)
        assert says in issue["diagnostics"]

    async def test_bodies_that_are_wrong(self, client: httpx.AsyncClient) -> None:
        for coding in ({"system": 1, "code": "x"}, {"code": "x"}, {"system": GENDER}, [], "x"):
            outcome(await client.post("CodeSystem/$lookup", json=parameters(coding=("Coding", coding))), 400)


class TestValidateCodeInValueSet:
    async def test_a_code_and_its_display(self, client: httpx.AsyncClient) -> None:
        async def asked(**more: str) -> Json:
            query = {"url": GENDERS, "system": GENDER, "code": "male", **more}
            return values(await client.get("ValueSet/$validate-code", params=query))

        assert await asked() == {"result": True, "display": "Male"}
        assert (await asked(display="male"))["result"] is True
        assert await asked(display="test") == {
            "result": False,
            "message": 'The display "test" is incorrect',
            "display": "Male",
        }
        wrong = await asked(code="x")
        assert wrong["result"] is False
        assert "'x'" in wrong["message"]
        assert (await asked(system="http://example.org/other"))["result"] is False

    async def test_coding_concept_instance_and_set_that_is_sent(self, zoo: httpx.AsyncClient) -> None:
        dog, unicorn = {"system": ANIMALS, "code": "dog"}, {"system": ANIMALS, "code": "unicorn"}
        both = parameters(codeableConcept=("CodeableConcept", {"coding": [unicorn, dog]}))
        assert values(await zoo.post("ValueSet/s/$validate-code", json=both)) == {"result": True, "display": "Dog"}
        neither = parameters(codeableConcept=("CodeableConcept", {"coding": [unicorn], "text": "x"}))
        assert values(await zoo.post("ValueSet/s/$validate-code", json=neither))["result"] is False
        one = parameters(coding=("Coding", dog), valueSet=value_set(include(ANIMALS, "cat")))
        assert values(await zoo.post("ValueSet/$validate-code", json=one))["result"] is False
        by_id = f"ValueSet/s/$validate-code?system={ANIMALS}&code=dog"
        assert values(await zoo.get(by_id))["result"] is True
        without = parameters(coding=("Coding", {"code": "dog"}))
        assert values(await zoo.post("ValueSet/s/$validate-code", json=without))["result"] is False

    async def test_abstract_and_inactive_codes(self, zoo: httpx.AsyncClient) -> None:
        path = f"ValueSet/s/$validate-code?system={ANIMALS}&code="
        assert values(await zoo.get(f"{path}animal"))["result"] is True
        assert values(await zoo.get(f"{path}animal&abstract=true"))["result"] is True
        assert values(await zoo.get(f"{path}animal&abstract=false"))["result"] is False
        dodo = values(await zoo.get(f"{path}dodo"))
        assert dodo["result"] is True
        assert "inactive" in dodo["message"]

    async def test_value_sets_on_systems_that_are_not_known_here(self, client: httpx.AsyncClient) -> None:
        snomed = "http://snomed.info/sct"
        named = value_set({"system": snomed, "concept": [{"code": "73211009", "display": "Diabetes"}]})
        for code, display, result in (("73211009", "Diabetes", True), ("73211009", "X", False), ("1", None, False)):
            coding = {"system": snomed, "code": code, **({"display": display} if display else {})}
            answer = await client.post(
                "ValueSet/$validate-code", json=parameters(valueSet=named, coding=("Coding", coding))
            )
            assert values(answer)["result"] is result
        whole = parameters(valueSet=value_set(include(snomed)), coding=("Coding", {"system": snomed, "code": "1"}))
        found = values(await client.post("ValueSet/$validate-code", json=whole))
        assert found["result"] is False
        assert "unknown" in found["message"]

    @pytest.mark.parametrize(
        ("query", "status", "says"),
        [
            (f"url={GENDERS}&code=male", 400, "'system'"),
            (f"url={GENDERS}", 400, "code, coding, codeableConcept"),
            (f"system={GENDER}&code=male", 400, "'url'"),
            (f"url={GENDERS}&system={GENDER}&code=male&coding=x", 400, "coding"),
            (f"url=http://example.org/none&system={GENDER}&code=male", 404, "http://example.org/none"),
            (f"url={GENDERS}&coding={GENDER}|male", 400, "'coding'"),
        ],
    )
    async def test_what_is_asked_wrongly(self, client: httpx.AsyncClient, query: str, status: int, says: str) -> None:
        [issue] = outcome(await client.get(f"ValueSet/$validate-code?{query}"), status)
        assert says in issue["diagnostics"]

    async def test_an_unknown_version_of_a_known_system(self, zoo: httpx.AsyncClient) -> None:
        """It says that the version is not known, also where the value set lists the code."""
        named = value_set(include(ANIMALS, "dog"))
        for version, result in (("1", True), ("9", False)):
            coding = {"system": ANIMALS, "code": "dog", "version": version}
            for set_ in (named, value_set(include())):
                asked = parameters(valueSet=set_, coding=("Coding", coding))
                found = values(await zoo.post("ValueSet/$validate-code", json=asked))
                assert found["result"] is result
                text = f"the code system {ANIMALS}|9 is not known here in this version, only in version 1"
                assert result or found["message"] == text
        query = {"url": GENDERS, "system": GENDER, "code": "male", "systemVersion": "9"}
        found = values(await zoo.get("ValueSet/$validate-code", params=query))
        assert found["result"] is False
        assert (
            found["message"] == f"the code system {GENDER}|9 is not known here in this version, only in version 4.0.1"
        )

    async def test_a_listed_code_that_its_complete_system_lacks(self, zoo: httpx.AsyncClient) -> None:
        listed = value_set(include(ANIMALS, "unicorn", "dog"))
        for code, result in (("unicorn", False), ("dog", True)):
            asked = parameters(valueSet=listed, coding=("Coding", {"system": ANIMALS, "code": code}))
            assert values(await zoo.post("ValueSet/$validate-code", json=asked))["result"] is result
        expanded = (await zoo.post("ValueSet/$expand", json=parameters(valueSet=listed))).json()["expansion"]
        assert [one["code"] for one in expanded["contains"]] == ["dog"]


class TestValidateCodeInCodeSystem:
    async def test_a_code(self, zoo: httpx.AsyncClient) -> None:
        async def asked(path: str = "CodeSystem/$validate-code", **query: str) -> Json:
            return values(await zoo.get(path, params=query))

        assert await asked(url=ANIMALS, code="dog") == {"result": True, "display": "Dog"}
        assert (await asked(url=ANIMALS, code="dog", display="Cat"))["message"] == 'The display "Cat" is incorrect'
        assert (await asked(url=ANIMALS, code="unicorn"))["result"] is False
        assert await asked("CodeSystem/a/$validate-code", code="dog") == {"result": True, "display": "Dog"}
        assert (await asked(url=GENDER, code="male", version="4.0.1"))["result"] is True

    async def test_a_coding_must_be_of_the_system(self, zoo: httpx.AsyncClient) -> None:
        async def asked(coding: Json, **more: Any) -> Json:
            given = parameters(coding=("Coding", coding), **more)
            return values(await zoo.post("CodeSystem/$validate-code", json=given))

        assert (await asked({"system": ANIMALS, "code": "dog"}, url=ANIMALS))["result"] is True
        assert (await asked({"system": GENDER, "code": "male"}, url=ANIMALS))["result"] is False
        assert (await asked({"system": GENDER, "code": "male"}))["result"] is True
        other = parameters(coding=("Coding", {"system": ANIMALS, "code": "dog", "version": "9"}), url=ANIMALS)
        [issue] = outcome(await zoo.post("CodeSystem/$validate-code", json=other), 404, "not-found")
        assert f"{ANIMALS}|9 is not known here in this version, only in version 1" in issue["diagnostics"]
        at_instance = "CodeSystem/a/$validate-code?code=dog&version=9"
        assert "version 9" in values(await zoo.get(at_instance))["message"]
        sent = system(concept("rose"), url=PLANTS)
        assert (await asked({"system": PLANTS, "code": "rose"}, codeSystem=sent))["result"] is True

    async def test_a_fragment_says_that_it_is_one(self, client: httpx.AsyncClient) -> None:
        sent = system(concept("rose"), url=PLANTS, content="fragment")
        given = parameters(codeSystem=sent, code=("Code", "tulip"))
        found = values(await client.post("CodeSystem/$validate-code", json=given))
        assert found["result"] is True
        assert "fragment" in found["message"]

    async def test_what_is_not_known(self, client: httpx.AsyncClient) -> None:
        outcome(await client.get("CodeSystem/$validate-code?code=x"), 400)
        outcome(await client.get("CodeSystem/$validate-code?code=x&url=http://example.org/none"), 404, "not-found")
        outcome(await client.get(f"CodeSystem/$validate-code?url={GENDER}"), 400)


class TestSubsumes:
    @pytest.mark.parametrize(
        ("a", "b", "expected"),
        [
            ("dog", "dog", "equivalent"),
            ("animal", "dog", "subsumes"),
            ("bat", "flier", "subsumed-by"),
            ("dog", "cat", "not-subsumed"),
        ],
    )
    async def test_two_codes(self, zoo: httpx.AsyncClient, a: str, b: str, expected: str) -> None:
        query = f"codeA={a}&codeB={b}"
        by_system = await zoo.get(f"CodeSystem/$subsumes?{query}&system={ANIMALS}")
        assert values(by_system) == {"outcome": expected}
        assert values(await zoo.get(f"CodeSystem/a/$subsumes?{query}")) == {"outcome": expected}
        codings = {f"coding{side}": ("Coding", {"system": ANIMALS, "code": c}) for side, c in (("A", a), ("B", b))}
        assert values(await zoo.post("CodeSystem/$subsumes", json=parameters(**codings))) == {"outcome": expected}

    async def test_the_parts_of_a_whole_are_not_subsumed(self, client: httpx.AsyncClient) -> None:
        await client.put("CodeSystem/a", json=animals(id="a", hierarchyMeaning="part-of"))
        answer = await client.get("CodeSystem/a/$subsumes?codeA=animal&codeB=dog")
        assert values(answer) == {"outcome": "not-subsumed"}

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("codeA=dog&codeB=cat", 400),
            (f"codeA=dog&system={ANIMALS}", 400),
            (f"codeA=dog&codeB=unicorn&system={ANIMALS}", 404),
            ("codeA=1&codeB=2&system=http://example.org/none", 404),
        ],
    )
    async def test_what_cannot_be_told(self, zoo: httpx.AsyncClient, query: str, status: int) -> None:
        outcome(await zoo.get(f"CodeSystem/$subsumes?{query}"), status)

    async def test_codes_of_different_systems(self, zoo: httpx.AsyncClient) -> None:
        codings = {
            "codingA": ("Coding", {"system": ANIMALS, "code": "dog"}),
            "codingB": ("Coding", {"system": GENDER, "code": "male"}),
        }
        outcome(await zoo.post("CodeSystem/$subsumes", json=parameters(**codings)), 400)
        outcome(await zoo.get(f"CodeSystem/a/$subsumes?codeA=dog&codeB=cat&system={GENDER}"), 400)


MAP = {
    "resourceType": "ConceptMap",
    "id": "m",
    "url": "http://example.org/ConceptMap/m",
    "status": "active",
    "sourceCanonical": SET,
    "targetCanonical": "http://example.org/ValueSet/latin",
    "group": [
        {
            "source": ANIMALS,
            "target": "http://example.org/latin",
            "element": [
                {"code": "dog", "target": [{"code": "canis", "display": "Canis", "equivalence": "wider"}]},
                {"code": "cat", "target": [{"equivalence": "unmatched"}]},
                {
                    "code": "bat",
                    "target": [
                        {
                            "code": "vespertilio",
                            "equivalence": "equivalent",
                            "dependsOn": [{"property": "http://example.org/size", "value": "small"}],
                            "product": [{"property": "http://example.org/time", "value": "night"}],
                        }
                    ],
                },
            ],
            "unmapped": {"mode": "fixed", "code": "animal", "display": "Animal"},
        }
    ],
}


class TestTranslate:
    @pytest.fixture
    async def mapped(self, client: httpx.AsyncClient) -> httpx.AsyncClient:
        resource(await client.put("ConceptMap/m", json=MAP), 201)
        return client

    async def test_by_address_by_id_by_code_and_one_that_is_sent(self, mapped: httpx.AsyncClient) -> None:
        query = f"system={ANIMALS}&code=dog"
        coding = parameters(coding=("Coding", {"system": ANIMALS, "code": "dog"}))
        latin = {"system": "http://example.org/latin", "code": "canis", "display": "Canis"}
        match = {"equivalence": "wider", "concept": latin, "source": MAP["url"]}
        for answer in (
            await mapped.get(f"ConceptMap/$translate?{query}&url={MAP['url']}"),
            await mapped.get(f"ConceptMap/m/$translate?{query}"),
            await mapped.get(f"ConceptMap/$translate?{query}"),
            await mapped.get(f"ConceptMap/$translate?{query}&source={SET}&targetsystem=http://example.org/latin"),
            await mapped.post("ConceptMap/$translate", json=coding),
            await mapped.post(
                "ConceptMap/$translate",
                json={
                    **coding,
                    "parameter": [
                        *coding["parameter"],
                        {"name": "conceptMap", "resource": MAP},
                    ],
                },
            ),
        ):
            assert values(answer) == {"result": True}
            assert properties(answer, "match") == [match]

    async def test_what_the_map_has_no_code_for(self, mapped: httpx.AsyncClient) -> None:
        unmatched = await mapped.get(f"ConceptMap/m/$translate?system={ANIMALS}&code=cat")
        assert values(unmatched)["result"] is False
        assert properties(unmatched, "match") == [{"equivalence": "unmatched", "source": MAP["url"]}]
        other = await mapped.get(f"ConceptMap/m/$translate?system={ANIMALS}&code=eagle")
        assert properties(other, "match")[0]["concept"]["code"] == "animal"
        for query in ("system=http://example.org/x&code=dog", f"system={ANIMALS}&code=dog&targetsystem=http://x.org"):
            nothing = await mapped.get(f"ConceptMap/m/$translate?{query}")
            assert values(nothing)["result"] is False

    async def test_codes_that_are_not_mapped_go_to_another_map_or_stay_as_they_are(
        self, mapped: httpx.AsyncClient
    ) -> None:
        greek = "http://example.org/greek"
        first = {**MAP, "id": "first", "url": "http://example.org/ConceptMap/first"}
        dog = {"code": "dog", "target": [{"code": "kyon", "equivalence": "equal"}]}
        group: Json = {"source": ANIMALS, "target": greek, "element": [dog]}
        first["group"] = [{**group, "unmapped": {"mode": "other-map", "url": MAP["url"]}}]
        resource(await mapped.put("ConceptMap/first", json=first), 201)

        async def found(code: str) -> list[str]:
            answer = await mapped.get(f"ConceptMap/first/$translate?system={ANIMALS}&code={code}")
            return [one["concept"]["code"] for one in properties(answer, "match") if "concept" in one]

        assert await found("dog") == ["kyon"]
        assert await found("eagle") == ["animal"]
        first["group"] = [{**group, "unmapped": {"mode": "provided"}}]
        resource(await mapped.put("ConceptMap/first", json=first))
        assert await found("eagle") == ["eagle"]

    async def test_backwards(self, mapped: httpx.AsyncClient) -> None:
        answer = await mapped.get("ConceptMap/$translate?system=http://example.org/latin&code=canis&reverse=true")
        [match] = properties(answer, "match")
        assert (match["equivalence"], match["concept"]) == ("narrower", {"system": ANIMALS, "code": "dog"})

    async def test_what_depends_on_other_elements(self, mapped: httpx.AsyncClient) -> None:
        untold = await mapped.get(f"ConceptMap/m/$translate?system={ANIMALS}&code=bat")
        assert values(untold)["result"] is False
        assert "dependency" in values(untold)["message"]
        given = parameters(coding=("Coding", {"system": ANIMALS, "code": "bat"}))
        parts = [
            {"name": "element", "valueUri": "http://example.org/size"},
            {"name": "concept", "valueCodeableConcept": {"coding": [{"code": "small"}]}},
        ]
        given["parameter"].append({"name": "dependency", "part": parts})
        told = await mapped.post("ConceptMap/m/$translate", json=given)
        assert values(told) == {"result": True}
        [match] = [row["part"] for row in told.json()["parameter"] if row["name"] == "match"]
        product = next(part["part"] for part in match if part["name"] == "product")
        assert product[1]["valueCoding"] == {"code": "night"}

    async def test_what_is_asked_wrongly(self, mapped: httpx.AsyncClient) -> None:
        outcome(await mapped.get("ConceptMap/m/$translate?code=dog"), 400)
        outcome(await mapped.get("ConceptMap/m/$translate"), 400)
        outcome(await mapped.get(f"ConceptMap/$translate?url=http://x.org&system={ANIMALS}&code=dog"), 404)
        wrong = parameters(coding=("Coding", {"code": "x"}), dependency=("String", "x"))
        outcome(await mapped.post("ConceptMap/m/$translate", json=wrong), 400)


async def terms_for(deployment: Deployment, type_: str, *pairs: tuple[str, str]) -> Terms:
    """The terminology that a search is bound to."""
    parsed = parse_tree(type_, pairs)
    return (await search_context(deployment, "http://gateway/fhir", parsed.needs)).terms


class TestForSearch:
    async def test_what_is_stored_is_there_for_the_modifiers(
        self, zoo: httpx.AsyncClient, deployment: Deployment
    ) -> None:
        birds = value_set(filtered("concept", "is-a", "bird"), id="b", name="birds")
        await zoo.put("ValueSet/b", json=birds)
        expected = [(ANIMALS, code) for code in ("bird", "eagle", "dodo")]
        for type_, name, value in (
            ("Observation", "code:in", birds["url"]),
            ("Observation", "subject:Patient.language:not-in", "ValueSet/b"),
            ("Patient", "_has:Observation:patient:code:in", f"{GENDERS},{birds['url']}"),
            ("Observation", "code:in", "http://gateway/fhir/ValueSet/b"),
            ("Observation", "_filter", f"code in {birds['url']}"),
        ):
            terms = await terms_for(deployment, type_, ("_id", "y"), (name, value))
            url = value.removeprefix("code in ").rpartition(",")[2]
            assert terms.members(url) == expected
        below = await terms_for(deployment, "Observation", ("code:below", f"{ANIMALS}|bird"))
        assert below.below(ANIMALS, "bird") == ["bird", "eagle", "dodo"]
        listed = await terminology_for(deployment, [("ValueSet", birds["url"])])
        assert listed.members(birds["url"]) == expected

    async def test_without_them_nothing_is_fetched(self, zoo: httpx.AsyncClient, deployment: Deployment) -> None:
        pairs = [("jurisdiction", f"{ANIMALS}|bird"), ("name:exact", "x"), ("url:below", "http://x.org")]
        terms = await terms_for(deployment, "ValueSet", *pairs)
        with pytest.raises(NotSupported):
            terms.members(SET)

    async def test_what_a_value_set_of_r4_needs_is_fetched_as_well(
        self, client: httpx.AsyncClient, deployment: Deployment
    ) -> None:
        loinc = system(concept("1-8"), url="http://loinc.org", id="l")
        await client.put("CodeSystem/l", json=loinc)
        codes_ = "http://hl7.org/fhir/ValueSet/observation-codes"
        terms = await terms_for(deployment, "Observation", ("code:in", codes_))
        assert terms.members(codes_) == [("http://loinc.org", "1-8")]


async def test_in_xml_as_well(zoo: httpx.AsyncClient) -> None:
    asked = xml.dump(parameters(coding=("Coding", {"system": ANIMALS, "code": "dog"})))
    headers = {"Content-Type": "application/fhir+xml", "Accept": "application/fhir+xml"}
    answer = await zoo.post("CodeSystem/$lookup", content=asked, headers=headers)
    plain = await zoo.get("CodeSystem/$lookup", params={"system": ANIMALS, "code": "dog"})
    assert xml.parse(answer.content) == plain.json()
    expanded = xml.parse((await zoo.get("ValueSet/s/$expand?count=2", headers=headers)).content)
    assert validate(expanded) == []
    assert [one["code"] for one in expanded["expansion"]["contains"]] == ["animal", "mammal"]
