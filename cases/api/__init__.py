"""REST for machine clients: progress, eligibility, cases and their events. Reads only; verbs stay on the pages."""
