"""Change a file's batch or transaction so that sending it twice makes no doubles. Pure.

It does what `POST /fhir` of it would do, with one difference: an unconditional create becomes an update under an id
that is always the same for this entry: the UUID of its fullUrl, or an id derived from the Bundle's content and the
entry's fullUrl or place. All else (conditions, PATCH, DELETE, operations) stays as it is.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.fhir import references
from gateway.fhir.fhir_json import Resource
from gateway.intake import names
from gateway.intake.drafts import Draft
from gateway.intake.names import Name
from gateway.intake.origin import ImportOrigin, entries
from gateway.store.layout.records import Version


def creates(label: str, bundle: Resource, origin: ImportOrigin) -> Iterator[tuple[int, Draft]]:
    """Yield the place and a draft of each entry that creates without a condition."""
    listed = bundle.get("entry")
    scope = names.digest(bundle)
    for number, entry in enumerate(listed if isinstance(listed, list) else []):
        if _is_create(entry):
            resource, full_url = entry["resource"], entry.get("fullUrl")
            text = full_url if isinstance(full_url, str) and full_url else f"entry[{number}]"
            uuid, type_ = names.uuid_of(text), resource["resourceType"]
            name = origin.uuid(type_, uuid) if uuid else Name(scope, type_, text)
            yield number, Draft(f"{label}#Bundle.entry[{number}]", name, resource, Version(), text)


def repeatable(bundle: Resource, ids: Mapping[int, str]) -> Resource:
    """Return the Bundle with an update in each place that has an id. All entries keep their places.

    References between entries follow the new ids: by fullUrl only in a batch, because in a transaction the server does
    it; by the id that a created resource has in the file in both, because that id means nothing in this gateway.
    """
    if not ids:
        return bundle
    updates = [_update(entry, ids[n]) if n in ids else entry for n, entry in enumerate(bundle["entry"])]
    moved = _by_own_id(bundle["entry"], updates, ids)
    if bundle["type"] == "batch":
        moved |= {entry["fullUrl"]: entry["request"]["url"] for entry in updates if _is_update(entry)}
    return {**bundle, "entry": [_linked(entry, moved) for entry in updates] if moved else updates}


def mentioned(bundle: Resource, origin: ImportOrigin) -> dict[str, Name]:
    """Return relative reference -> name, for what the entries refer to and the Bundle does not hold.

    Empty where no server and no name says whose ids these are: then they mean what is here, as for `POST /fhir`.
    """
    if not origin.is_consistent:
        return {}
    resources = [one["resource"] for one in entries(bundle) if isinstance(one.get("resource"), dict)]
    held = {f"{one.get('resourceType')}/{one.get('id')}" for one in resources}
    texts = {text for one in resources for _, text in references.references(one)}
    literals = {text: names.literal(text) for text in texts if names.unversioned(text) not in held}
    return {
        text: origin.reference(literal.type, literal.id)
        for text, literal in literals.items()
        if literal is not None and not literal.base and not names.is_uuid(literal.id)
    }


def relinked(bundle: Resource, moved: Mapping[str, str]) -> Resource:
    """Return the Bundle with references in its entries replaced."""
    return {**bundle, "entry": [_linked(entry, moved) for entry in bundle["entry"]]} if moved else bundle


def _by_own_id(before: list[Any], after: list[Any], ids: Mapping[int, str]) -> dict[str, str]:
    """Return `Type/id in the file` -> `Type/id here` for created resources, without ids that several of them share."""
    urls_of: dict[str, set[str]] = {}
    for number in ids:
        resource = before[number]["resource"]
        if isinstance(own_id := resource.get("id"), str):
            urls_of.setdefault(f"{resource['resourceType']}/{own_id}", set()).add(after[number]["request"]["url"])
    return {text: urls.pop() for text, urls in urls_of.items() if len(urls) == 1 and text not in urls}


def _is_create(entry: Any) -> bool:
    request = entry.get("request") if isinstance(entry, dict) else None
    resource = entry.get("resource") if isinstance(request, dict) else None
    if not isinstance(resource, dict) or not isinstance(request, dict):
        return False
    url = request.get("url")
    unconditional = request.get("method") == "POST" and "ifNoneExist" not in request
    return unconditional and isinstance(url, str) and url.strip("/") == resource.get("resourceType")


def _update(entry: dict[str, Any], id_: str) -> dict[str, Any]:
    resource = entry["resource"]
    request = {**entry["request"], "method": "PUT", "url": f"{resource['resourceType']}/{id_}"}
    return {**entry, "resource": {**resource, "id": id_}, "request": request}


def _linked(entry: Any, moved: Mapping[str, str]) -> Any:
    resource = entry.get("resource") if isinstance(entry, dict) else None
    if not isinstance(resource, dict):
        return entry
    return {**entry, "resource": references.rewrite(resource, moved.get)}


def _is_update(entry: Any) -> bool:
    """Return whether an entry has a fullUrl and says under which id its resource will be stored."""
    request = entry.get("request") if isinstance(entry, dict) else None
    if not isinstance(request, dict) or not isinstance(entry.get("fullUrl"), str):
        return False
    url = request.get("url")
    return request.get("method") == "PUT" and isinstance(url, str) and "/" in url and "?" not in url
