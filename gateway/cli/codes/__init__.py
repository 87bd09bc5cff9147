"""The commands `gateway codes …`."""
