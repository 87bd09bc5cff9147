"""Prove that mappings keep their laws, on real resources and on golden pairs."""
