"""Papers: numbered, issued from a snapshot, rendered afterwards, verifiable by anybody. Never imports `cases`."""
