"""How search behaves as the data grows: `make bench-search [PATIENTS=1000,10000,100000]`."""
