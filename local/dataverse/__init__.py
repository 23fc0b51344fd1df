"""A stand-in for Microsoft Dataverse on one machine: the Web API of desktop flows, its tokens, its callbacks and its faults.

Everything is in memory, on one event loop. `docs/simulator.md` says what it promises.
"""
