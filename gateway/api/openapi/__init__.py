"""Describe the routes as OpenAPI 3.1: `/internal` by hand, `/fhir` from the tables of interactions and operations."""
