"""Make gateway/mapping/definition/schema.json, which `gateway map schema` prints, from the tables of the language and its page.

    python tools/generate_mapping_schema.py

To be run when a word, a type, a function or their description changes; a test tells when that was forgotten.
"""

import json
from pathlib import Path

from gateway.mapping.definition.schema import schema

ROOT = Path(__file__).parents[1]


def main() -> None:
    page = (ROOT / "docs" / "reference" / "mapping-language.md").read_text("utf-8")
    text = json.dumps(schema(page), indent=1, ensure_ascii=False) + "\n"
    (ROOT / "gateway" / "mapping" / "definition" / "schema.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
