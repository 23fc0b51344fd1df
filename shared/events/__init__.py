"""Events of runs, from the transaction that they were written in to whoever wants to hear of them."""
