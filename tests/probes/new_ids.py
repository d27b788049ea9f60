"""`python -m tests.probes.new_ids` prints a new ID for each line of its input.

The IDs are those of a step if its folder is given, and otherwise those of final/.
"""

import importlib
import sys

if __name__ == "__main__":
    sys.path[:0] = sys.argv[1:]
    new_id = importlib.import_module("ids" if sys.argv[1:] else "final.domain.ids").new_id
    while True:
        input()
        print(new_id(), flush=True)
