"""The steps of the demo, one file each, in the order of `examples.main_job`."""
