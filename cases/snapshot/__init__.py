"""What was decided, as data: the fields of papers and the messages to the platforms. Later rows never change them."""
