"""Judge the quality of content: clean text, read units and numbers, and label results
(docs/explanation/data-quality.md)."""
