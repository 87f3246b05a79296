"""Template tags of the frame that all pages share."""
