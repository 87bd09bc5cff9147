"""The commands `gateway map …`."""
