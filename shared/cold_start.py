"""Loading the clients when the first request needs them, by one thread at a time.

A cold worker may get its first requests and the timer at once. Threads that enter the same modules at different ends would be
handed half-made ones by Python's import system, which breaks the deadlock that way, and a worker would stay broken for its life.
"""

import threading

importing = threading.RLock()
"""Held by a binding while it imports its use case. Once everything is loaded that takes a microsecond."""
