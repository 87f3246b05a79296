"""Events: one append-only line of what happened, by whom, for whom; the timeline and the audit in one."""
