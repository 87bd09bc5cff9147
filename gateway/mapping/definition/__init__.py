"""Turn mapping files and ViewDefinitions into mappings, with everything verified."""
