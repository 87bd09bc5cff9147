"""Find resources: searches, chains, includes, pages and words."""
