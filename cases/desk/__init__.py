"""The desk: queues of reviewers, pages of recorders, supervisors and auditors, and the counter of the service hall.

Pages only: objects come from `cases.access`, acts go through `cases.services`.
"""
