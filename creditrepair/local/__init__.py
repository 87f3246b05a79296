"""The launcher: one machine, one command, everything embedded. Nothing in production imports from here."""
