"""Faults and races: every call that a flow makes to AWS is broken in every way, and stepped against every other flow.

`moto` looks into the emulator, `wire` stands between our code and it, `scene` holds what a test may do,
`invariants` says what must be so, `harness` breaks calls one by one, `schedule` steps actors call by call.
"""
