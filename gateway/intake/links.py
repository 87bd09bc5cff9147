"""Find the name of what each reference in a file means (https://hl7.org/fhir/R4/bundle.html#references). Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from gateway.fhir import references
from gateway.fhir.fhir_json import Resource
from gateway.intake import names
from gateway.intake.drafts import Draft, FileContent
from gateway.intake.names import Name
from gateway.intake.origin import ImportOrigin

Locate = Callable[[Name], str | None]
"""Returns the id here of the resource that a name means, None to leave the reference as it is."""


@dataclass(frozen=True, slots=True)
class LinkTarget:
    """The resource that a reference means.

    is_certain: whether the target belongs to the source and so gets an id here even before it is imported. The
        reference to an uncertain target is rewritten only if the target is here.
    """

    name: Name
    is_certain: bool = True


@dataclass(slots=True)
class Links:
    """The names that the references of one file or Bundle mean.

    by_url: fullUrl -> name, for all entries.
    by_address: the same for fullUrls of the form `base/Type/id`, which need not show the resource's own id.
    by_id: (type, own id) -> names, for all entries; several where the Bundle uses one id for several resources.
    addresses: fullUrls that are at the same time the canonical address of what they name, which is no link.
    """

    origin: ImportOrigin
    by_url: dict[str, Name] = field(default_factory=dict)
    by_address: dict[names.LiteralReference, Name] = field(default_factory=dict)
    by_id: dict[tuple[str, str], set[Name]] = field(default_factory=dict)
    addresses: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, content: FileContent) -> "Links":
        """Read what the resources of a file may be called."""
        links = cls(content.origin)
        for draft in content.drafts:
            links._add(draft)
        return links

    def _add(self, draft: Draft) -> None:
        if draft.full_url:
            self.by_url.setdefault(names.same_urn(draft.full_url), draft.name)
        if (address := names.literal(draft.full_url)) is not None:
            self.by_address.setdefault(address, draft.name)
        own = draft.resource.get("id") if draft.resource is not None else draft.name.id
        if isinstance(own, str):
            self.by_id.setdefault((draft.name.type, own), set()).add(draft.name)
        if draft.resource is not None and draft.resource.get("url") == draft.full_url:
            self.addresses.add(draft.full_url)

    def target(self, reference: str, base: str) -> LinkTarget | None:
        """Return what a `Reference.reference` in an entry at `base` means; None if it can mean nothing here."""
        name = self.by_url.get(names.same_urn(reference))
        name = name or self.by_url.get(names.same_urn(url := names.unversioned(reference)))
        literal = names.literal(url) if name is None else None
        if name is not None or literal is None:
            return LinkTarget(name) if name is not None else None
        if literal.base:
            return self._absolute(literal)
        return LinkTarget(self._relative(literal, base))

    def _absolute(self, literal: names.LiteralReference) -> LinkTarget:
        if (entry := self.by_address.get(literal)) is not None:
            return LinkTarget(entry)
        name = self.origin.reference(literal.type, literal.id, literal.base)
        defined = self.by_id.get((literal.type, literal.id), set())
        return LinkTarget(name, is_certain=name in defined or literal.base == self.origin.base)

    def _relative(self, literal: names.LiteralReference, base: str) -> Name:
        """Resolve from the base of the entry; where that leads to no entry, by the ids of the Bundle's resources, which
        is what documents mean whose fullUrls are UUIDs. An id that several entries share leads nowhere."""
        if base and (entry := self.by_address.get(literal._replace(base=base))) is not None:
            return entry
        name = self.origin.reference(literal.type, literal.id, base)
        defined = self.by_id.get((literal.type, literal.id), set())
        if name in defined:
            return name
        if len(defined) > 1:  # a name that is no id: it must not mean a resource that happens to have the id here
            return self.origin.local(literal.type, f"{literal.type}/{literal.id}")
        at_base = self.by_address.get(literal._replace(base=base or self.origin.base), name)
        return next(iter(defined), at_base)

    def exact(self, text: str) -> LinkTarget | None:
        """Return what a URI that is no reference means: a resource of the Bundle by fullUrl, or a Binary; else None.

        Transactions rewrite such URIs too: https://hl7.org/fhir/R4/http.html#trules
        """
        if text in self.by_url and text not in self.addresses:
            return LinkTarget(self.by_url[text])
        literal = names.literal(text) if "Binary/" in text else None
        if literal is None or literal.type != "Binary":
            return None
        target = self.target(text, literal.base)
        return replace(target, is_certain=False) if target is not None and literal.base else target


def targets(draft: Draft, links: Links) -> dict[str, LinkTarget]:
    """Return link -> target for every link in the draft, and in its contained resources, that can be rewritten."""
    resource, followed = draft.resource, dict[str, LinkTarget]()
    if resource is None or resource["resourceType"] == "Bundle":
        return followed  # the references of a Bundle are those between its own entries
    for reference in {_address(text) for _, text in references.references(resource)}:
        if (target := links.target(reference, draft.base)) is not None:
            followed[reference] = target

    def visit(text: str) -> None:
        address = _address(text)
        if address not in followed and (target := links.exact(address)) is not None:
            followed[address] = target

    references.rewrite(resource, visit)
    return followed


def rewritten(resource: Resource, targets: Mapping[str, LinkTarget], locate: Locate) -> Resource:
    """Return the resource with links to the ids that their targets have here. The version in a reference is dropped,
    because the versions of a source are not those here."""

    def new(text: str) -> str | None:
        address, hash_, fragment = text.partition("#")
        target = targets.get(address)
        id_ = locate(target.name) if target is not None else None
        return None if target is None or id_ is None else f"{target.name.type}/{id_}{hash_}{fragment}"

    return references.rewrite(resource, new)


def _address(text: str) -> str:
    return text.partition("#")[0]
