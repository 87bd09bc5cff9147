"""Map codes that were sent to codes that are wanted, and back."""
