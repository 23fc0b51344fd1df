"""A deterministic simulation of several instances at once: the real use cases, virtual time, every fault on purpose.

`docs/reliability.md` says what it proves. From the ground up: `scheduler` (time and turns), `weather` (which faults a seed has),
`wire` (a request on its way), `tables` and `dataverse` (the two twins as an instance meets them), `instances`, `workload`,
`judges`, and `trial`, which is one seed from beginning to end.
"""
