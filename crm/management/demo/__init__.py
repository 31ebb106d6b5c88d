"""A believable small business, made up: nobody in it exists, and no number in it rings.

The telephone numbers are from the ranges that regulators keep free for stories.
"""
