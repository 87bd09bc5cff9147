"""Partner servers: `run.run` exchanges with one, `schedule.keep_in_step` with all of them. See docs/sync.md."""
