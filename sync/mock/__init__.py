"""Two public credit platforms and a short-message gateway as real HTTP programs, for demonstration and tests only.

They keep their own storage and speak the contract of the wire; nothing outside this package knows that they exist.
"""
