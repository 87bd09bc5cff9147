"""Locate the files that come with the gateway and that its users edit.

In a checkout they stand beside the package, where an engineer looks for them. A wheel carries a copy in the package.
"""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def mappings() -> Path:
    """Return the folder of the mapping files that this release ships."""
    carried = _PACKAGE / "shipped_mappings"  # made by the build, see pyproject.toml; absent in a checkout
    return carried if carried.is_dir() else _PACKAGE.parent / "mappings"
