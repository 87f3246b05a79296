"""One function per verb, one transaction per verb: lock, re-read, check, settle, transition, one Event, papers, outbox."""
