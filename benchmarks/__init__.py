"""Speed beside the raw limits of the machine, measured in the same run: `make bench`."""
