"""What we are compared with: other ways to do the same thing, written as their users write them."""
