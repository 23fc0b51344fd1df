"""A case whose module cannot be imported."""

raise RuntimeError("written in haste")
