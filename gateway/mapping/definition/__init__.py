"""Load mapping files and ViewDefinitions, and verify everything in them."""
