"""Answer `metadata?mode=terminology`: https://hl7.org/fhir/R4/terminologycapabilities.html"""

from datetime import UTC, datetime

from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource
from gateway.fhir.terminology import table
from gateway.fhir.terminology.grammars import GRAMMARS

_STARTED = datetime.now(UTC).replace(microsecond=0)
_PARAMETERS = (
    *("activeOnly", "check-system-version", "count", "designation", "displayLanguage", "exclude-system"),
    *("excludeNotForUI", "filter", "force-system-version", "includeDefinition", "includeDesignations", "offset"),
    *("system-version", "url", "valueSet", "valueSetVersion"),
)


def terminology_statement(version: str, base_url: str) -> bytes:
    """Return the TerminologyCapabilities. They list the code systems of R4; stored ones can be searched for."""
    statement: Resource = {
        "resourceType": "TerminologyCapabilities",
        "status": "active",
        "date": _STARTED.isoformat(),
        "kind": "instance",
        "software": {"name": "FHIR gateway", "version": version},
        "implementation": {"description": "FHIR interoperability gateway", "url": base_url},
        "lockedDate": False,
        "codeSystem": _code_systems(),
        "expansion": {
            "hierarchical": False,
            "paging": True,
            "incomplete": False,
            "parameter": [{"name": name} for name in _PARAMETERS],
            "textFilter": "each word of the filter begins a word of the code or of a display",
        },
        "codeSearch": "explicit",
        "validateCode": {"translations": True},
        "translation": {"needsMap": False},
    }
    return fhir_json.dump(statement)


def _code_systems() -> list[Resource]:
    known = {**dict.fromkeys(GRAMMARS), **table.versions("CodeSystem")}
    versions = {url: [{"code": version}] for url, version in known.items() if version}
    return [{"uri": url, **({"version": versions[url]} if url in versions else {})} for url in sorted(known)]
