"""One object of a ViewDefinition's JSON and its place: what is read from it is checked, and errors name the place."""

from typing import Any

from gateway.fhir.view.errors import ViewError

_EVERYWHERE = frozenset(("id", "extension", "modifierExtension", "resourceType"))


class ViewPart:
    def __init__(self, value: Any, at: str) -> None:
        if not isinstance(value, dict):
            raise ViewError("an object is expected here", at)
        self.value: dict[str, Any] = value
        self.at = at

    def only(self, *names: str) -> None:
        """Anything else is a mistake: a misspelt word would silently give other rows."""
        for name in self.value:
            if name not in names and name not in _EVERYWHERE and not name.startswith("_"):
                raise ViewError(f"{name} is not known here", f"{self.at}.{name}")

    def text(self, name: str) -> str:
        """A string that is not blank; "" when it is absent."""
        value = self.value.get(name)
        if value is None:
            return ""
        if not isinstance(value, str) or not value.strip():
            raise ViewError(f"{name} must be a string", f"{self.at}.{name}")
        return value

    def required(self, name: str) -> str:
        text = self.text(name)
        if not text:
            raise ViewError(f"{name} is missing", self.at)
        return text

    def flag(self, name: str) -> bool:
        value = self.value.get(name, False)
        if not isinstance(value, bool):
            raise ViewError(f"{name} must be true or false", f"{self.at}.{name}")
        return value

    def items(self, name: str) -> list[tuple[Any, str]]:
        """The items of a list, each with its place; none when it is absent."""
        value = self.value.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not value:
            raise ViewError(f"{name} must be a list, not empty", f"{self.at}.{name}")
        return [(item, f"{self.at}.{name}[{index}]") for index, item in enumerate(value)]

    def parts(self, name: str) -> list["ViewPart"]:
        return [ViewPart(item, at) for item, at in self.items(name)]

    def texts(self, name: str) -> list[tuple[str, str]]:
        found = self.items(name)
        for item, at in found:
            if not isinstance(item, str) or not item.strip():
                raise ViewError(f"{name} must be a list of strings", at)
        return found
