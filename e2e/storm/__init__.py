"""Providers that fail, workers and databases that are killed, and a count of what people got.

    python -m e2e.storm --messages 20000 --seeds 1 2 3

A server on this machine speaks a provider's own protocol, takes messages, loses answers and calls
back late and twice, while workers and the database die at random moments. In the end nothing may
have been lost in silence and nothing may have gone twice.
"""
