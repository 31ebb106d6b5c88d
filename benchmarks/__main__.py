"""`make bench`: everything that is promised to be fast, one benchmark after the other.

Absolute figures are of this machine and of this moment; ratios are what to look at. Each can be run
by itself, with arguments: `python -m benchmarks.delivery --help`.
"""

import subprocess
import sys

BENCHMARKS = ("delivery", "lateness", "receipts", "peers", "pages")

for name in BENCHMARKS:
    print(f"# {name}", flush=True)
    subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)
    print()
