"""The same messages through the job queues one would take instead, in one run with ours.

Each peer does what its documentation would have one do: a job for each message, which writes that
it is sending, calls the provider and writes what became of it. Each runs at the best setting we
found. None keeps a ledger; what that costs them when something dies is in `e2e`, not here.
"""
