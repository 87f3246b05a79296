"""Made-up exchange files in the forms that arrive in life, and the story that the demo and the tests follow."""
