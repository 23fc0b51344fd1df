"""A deterministic simulation of several instances at once: the real use cases, virtual time, every fault on purpose.

`docs/reliability.md` says what it proves. From the ground up: `scheduler` (time and turns), `weather` (which faults a seed has),
`wire` (a request on its way), `tables`, `dataverse` and `adapter` (the two twins as an instance meets them), `instances`, `callers` and
`postman`, `workload`, `evidence` and `judges`, and `trial`, which is one seed from beginning to end.
"""
