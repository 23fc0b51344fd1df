"""Run state in Table Storage: one table, every transition of a run one transaction in its shard's partition."""
