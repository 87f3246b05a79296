"""One module per measured path; each has `run(ground, rounds) -> Result`."""
