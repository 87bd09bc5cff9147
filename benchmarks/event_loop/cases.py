"""All hostile requests."""

from benchmarks.event_loop import others, patches, views, writes

CASES = (*writes.CASES, *others.CASES, *patches.CASES, *views.CASES)
