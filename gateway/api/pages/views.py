"""Turn documents and resources into what a page shows. Pure; values are shown as they were sent."""

from datetime import datetime
from typing import Any

from gateway.fhir import fhir_json

_CLASS = {"negligible": "low", "low": "low", "moderate": "moderate", "high": "high", "certain": "high"}

_SUPERSEDED = {"entered-in-error": "withdrawn", "amended": "superseded by a correction", "cancelled": "cancelled"}


def duration(seconds: float) -> str:
    """Return the seconds in the largest fitting unit."""
    minutes, hours = int(seconds // 60), int(seconds // 3600)
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min" if minutes else f"{int(seconds)} s"


def observation(document: dict[str, Any]) -> dict[str, str]:
    """Return one row: what, when, result, status."""
    parts = [f"{concept(c.get('code'))} {result(c)}" for c in document.get("components", [])]
    own = result(document) if "value" in document or not parts else ""
    return {
        "id": document["_id"],
        "what": concept(document.get("code")),
        "when": moment(document.get("effective")),
        "result": "; ".join(filter(None, [own, *parts])),
        "judged": "; ".join(filter(None, map(judged, (document, *document.get("components", []))))),
        "findings": ", ".join(dict.fromkeys(finding["rule"] for finding in document.get("quality", []))),
        "status": document.get("status", ""),
    }


def judged(document: dict[str, Any]) -> str:
    """Return the level of the label, its origin, and the people that it applies to
    (docs/explanation/data-quality.md)."""
    label = document.get("label")
    if not label:
        return ""
    whom = f", for {label['for']}" if "for" in label else ""
    return f"{label['level']} (by {label['by']}{whom})"


def result(document: dict[str, Any]) -> str:
    """Return the value, or its components, in one line."""
    if value := document.get("value"):
        return text(value)
    if reason := document.get("absent_reason"):
        return f"absent: {concept(reason)}"
    return "no value"


def text(value: dict[str, Any]) -> str:
    """Return a value of any kind in one line; a quantity has the unit that its sender shows."""
    match value.get("kind"):
        case "quantity":
            unit = value.get("unit") or value.get("code") or "(no unit)"
            return f"{value.get('comparator', '')}{value.get('number', '')} {unit}"
        case "concept":
            return concept(value)
        case _:
            shown = value.get("value", value.get("text", ""))
            return str(shown) if shown != "" else ", ".join(f"{k} {v}" for k, v in value.items() if k != "kind")


def concept(value: dict[str, Any] | None) -> str:
    """Return the text or display of a concept."""
    if not value:
        return ""
    codings = value.get("codings") or [{}]
    return str(value.get("text") or next((c["display"] for c in codings if "display" in c), codings[0].get("code", "")))


def moment(value: dict[str, Any] | None) -> str:
    """Return the start of a time or period."""
    if not value:
        return ""
    start = value.get("start")
    return f"{start:%Y-%m-%d %H:%M}" if isinstance(start, datetime) else str(value.get("text", ""))


def scores(bodies: list[bytes]) -> list[dict[str, Any]]:
    """Return RiskAssessments, newest first; those that no longer hold come last and say so."""
    shown = [_score(fhir_json.parse(body)) for body in bodies]
    return sorted(shown, key=lambda score: score["superseded"] != "")


def _score(resource: dict[str, Any]) -> dict[str, Any]:
    prediction = (resource.get("prediction") or [{}])[0]
    risk = prediction.get("qualitativeRisk", {})
    codes = [coding.get("code", "") for coding in risk.get("coding", [])]
    return {
        "id": resource["id"],
        "title": resource.get("code", {}).get("text") or resource.get("method", {}).get("text", "Score"),
        "when": resource.get("occurrenceDateTime", ""),
        "band": risk.get("text", ""),
        "level": next((_CLASS[code] for code in codes if code in _CLASS), ""),
        "rationale": prediction.get("rationale", ""),
        "basis": [basis.get("reference", "") for basis in resource.get("basis", [])],
        "superseded": _SUPERSEDED.get(resource.get("status", ""), ""),
    }


def absent(record: dict[str, Any]) -> dict[str, Any]:
    """Return a missing score with its reasons. `scored` is the time of an older result, None if there is none."""
    return {"title": record["title"], "reasons": record["reasons"], "scored": record["scored"]}
