"""Write gateway/mapping/schema.json, which `gateway map schema` prints.

It is made from the tables of the language and from docs/reference/mapping-language.md, which describes each word.

    python tools/generate_mapping_schema.py

Run it when a word, a type, a function or a description changes. A test compares the file with the code.
"""

import json
from pathlib import Path

from gateway.mapping.definition.schema import schema

ROOT = Path(__file__).parents[1]


def main() -> None:
    page = (ROOT / "docs" / "reference" / "mapping-language.md").read_text("utf-8")
    text = json.dumps(schema(page), indent=1, ensure_ascii=False) + "\n"
    (ROOT / "gateway" / "mapping" / "schema.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
