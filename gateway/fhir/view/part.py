"""Read checked values from an object in the JSON of a ViewDefinition. Errors name their place in the view."""

from typing import Any

from gateway.fhir.view.errors import ViewError

_EVERYWHERE = frozenset(("id", "extension", "modifierExtension", "resourceType"))


class ViewPart:
    """An object in the JSON of a view, and its place. All methods raise ViewError."""

    def __init__(self, value: Any, at: str) -> None:
        if not isinstance(value, dict):
            raise ViewError("an object is expected here", at)
        self.value: dict[str, Any] = value
        self.at = at

    def only(self, *names: str) -> None:
        """Refuse any member with another name: a misspelled name would silently give other rows."""
        for name in self.value:
            if name not in names and name not in _EVERYWHERE and not name.startswith("_"):
                raise ViewError(f"{name} is not known here", f"{self.at}.{name}")

    def text(self, name: str) -> str:
        """Return a string that is not blank, "" if it is absent."""
        value = self.value.get(name)
        if value is None:
            return ""
        if not isinstance(value, str) or not value.strip():
            raise ViewError(f"{name} must be a string", f"{self.at}.{name}")
        return value

    def required(self, name: str) -> str:
        """Return a string that is not blank, and refuse its absence."""
        text = self.text(name)
        if not text:
            raise ViewError(f"{name} is missing", self.at)
        return text

    def flag(self, name: str) -> bool:
        """Return a boolean, False if it is absent."""
        value = self.value.get(name, False)
        if not isinstance(value, bool):
            raise ViewError(f"{name} must be true or false", f"{self.at}.{name}")
        return value

    def items(self, name: str) -> list[tuple[Any, str]]:
        """Return the items of a list with their places, [] if it is absent."""
        value = self.value.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not value:
            raise ViewError(f"{name} must be a non-empty list", f"{self.at}.{name}")
        return [(item, f"{self.at}.{name}[{index}]") for index, item in enumerate(value)]

    def parts(self, name: str) -> list["ViewPart"]:
        """Return the objects of a list, [] if it is absent."""
        return [ViewPart(item, at) for item, at in self.items(name)]

    def texts(self, name: str) -> list[tuple[str, str]]:
        """Return the strings of a list with their places, [] if it is absent."""
        texts = self.items(name)
        for text, at in texts:
            if not isinstance(text, str) or not text.strip():
                raise ViewError(f"{name} must be a list of strings", at)
        return texts
