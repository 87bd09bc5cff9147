"""Small code systems and value sets that the tests share."""

from typing import Any

Json = dict[str, Any]
ANIMALS = "http://example.org/CodeSystem/animals"


def concept(code: str, *below: Json, **elements: Any) -> Json:
    return {"code": code, "display": code.capitalize(), **elements, **({"concept": list(below)} if below else {})}


def has(code: str, **value: Any) -> Json:
    """A property."""
    return {"code": code, **value}


def system(*concepts: Json, url: str = ANIMALS, **elements: Any) -> Json:
    return {
        "resourceType": "CodeSystem",
        "url": url,
        "status": "active",
        "content": "complete",
        "concept": list(concepts),
        **elements,
    }


def animals(**elements: Any) -> Json:
    """animal (abstract) > mammal > dog, cat, bat; animal > bird > eagle, dodo (inactive); a bat is also a flier."""
    return system(
        concept(
            "animal",
            concept("mammal", concept("dog", property=[has("legs", valueInteger=4)]), concept("cat"), concept("bat")),
            concept("bird", concept("eagle"), concept("dodo", property=[has("inactive", valueBoolean=True)])),
            property=[has("notSelectable", valueBoolean=True)],
        ),
        concept("flier", property=[has("child", valueCode="bat")]),
        **{"property": [{"code": "legs", "type": "integer"}, {"code": "wings", "type": "integer"}], **elements},
    )


def include(url: str = ANIMALS, *codes: str, **elements: Any) -> Json:
    return {"system": url, **({"concept": [{"code": code} for code in codes]} if codes else {}), **elements}


def filtered(property_: str, op: str, value: str) -> Json:
    return include(filter=[{"property": property_, "op": op, "value": value}])


def value_set(*includes: Json, name: str = "set", **elements: Any) -> Json:
    excludes = elements.pop("exclude", [])
    compose = {"include": list(includes), **({"exclude": excludes} if excludes else {})}
    if "inactive" in elements:
        compose["inactive"] = elements.pop("inactive")
    url = f"http://example.org/ValueSet/{name}"
    return {"resourceType": "ValueSet", "url": url, "status": "active", "compose": compose, **elements}
