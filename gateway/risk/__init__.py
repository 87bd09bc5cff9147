"""Risk scores as FHIR resources: published formulas, their inputs found in Observations, their results pinned to them.

The line: readings (Observation -> values), features (values at one moment), assess (a score), resources, record.
`follow` drives it from the change feed. What is computed, and what is refused, is told in docs/risk.md.
"""
