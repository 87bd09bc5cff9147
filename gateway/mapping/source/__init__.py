"""Read mapping files as trees that know their lines, so that each message names file and line."""
