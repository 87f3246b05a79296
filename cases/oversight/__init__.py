"""What supervisors watch: numbers with their n, read by ranges of indexes and never by a scan. Nothing is written here."""
