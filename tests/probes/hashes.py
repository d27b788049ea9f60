"""Lower the limits on guesses, and hold hashes of passwords."""

import threading

from limits import RateLimitItemPerMinute

from final.web import hash_queue, throttle
from tests.probes import app

throttle.PER_ADDRESS = RateLimitItemPerMinute(30, 15)
throttle.PER_ACCOUNT_ANYWHERE = RateLimitItemPerMinute(25, 15)
hash_queue.HASHES_PER_NETWORK = 40

held, let_go = set(), threading.Event()
users = app.extensions["users"]
hash_at_once = users.run.run


def held_hash(function, *args):
    network = hash_queue.network_of(hash_queue.request.remote_addr)
    if network in held:
        print(f"held: {network}", flush=True)
        let_go.wait(30)
    return hash_at_once(function, *args)


users.run.run = held_hash


@app.post("/probe/hold/<network>/<int:most>")
def hold(network, most):
    let_go.clear()
    held.add(network)
    hash_queue.HASHES_PER_NETWORK = most
    return {}


@app.post("/probe/let-go")
def let_all_go():
    held.clear()
    let_go.set()
    hash_queue.HASHES_PER_NETWORK = 40
    return {}
