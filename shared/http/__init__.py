"""Our HTTP contract: what is read from a request, and what an answer looks like."""
