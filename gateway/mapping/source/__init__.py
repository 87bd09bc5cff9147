"""Read mapping files as trees that know their lines, so that each complaint names the place."""
