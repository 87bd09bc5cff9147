"""List what the server offers: the tables of interactions and operations, and the CapabilityStatement."""
