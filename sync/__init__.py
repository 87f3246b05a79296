"""Telling the platforms, with proof: outbox, one lane per target, one client, read-back. Never imports `cases`."""
