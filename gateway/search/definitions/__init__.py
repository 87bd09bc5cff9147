"""Define the search parameters of each resource type, from HL7's definitions."""
