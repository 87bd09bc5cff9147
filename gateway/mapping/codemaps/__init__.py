"""Map codes that were sent to codes that are target_code, and back."""
