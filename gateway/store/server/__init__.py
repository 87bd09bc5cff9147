"""Start the embedded MongoDB, or connect to another one."""
