"""Synchronize with partner servers: `run.run` with one of them, `schedule.keep_in_step` with all. See
docs/explanation/exchange.md."""
