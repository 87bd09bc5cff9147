"""The learning itself: all that needs scikit-learn and numpy. Import it where it is used, not at the head of a module:
it takes a second, which neither `gateway serve` nor any other command should wait for."""
