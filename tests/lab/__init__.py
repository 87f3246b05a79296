"""The fault lab: real processes, real faults, a history of every act, and a checker of what must hold afterwards.

`python -m tests.lab --cases N --kills N --seed N`, or `make lab ARGS=…`; docs/lab.md says what it proves and what not.
"""

EACH = 10  # records of one filing
