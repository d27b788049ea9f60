"""`python -m tests.probes.new_ids` prints a new ID for each line of its input."""

from final.domain.ids import new_id

if __name__ == "__main__":
    while True:
        input()
        print(new_id(), flush=True)
