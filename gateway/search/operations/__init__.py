"""Express operations as searches: compartments, $everything, $lastn."""
