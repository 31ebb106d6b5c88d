"""`python -m benchmarks.peers.do enqueue huey_app`: one of a peer's doings, by name."""

import sys
from importlib import import_module

if __name__ == "__main__":
    doing, module = sys.argv[1:]
    getattr(import_module(f"benchmarks.peers.{module}"), doing)()
