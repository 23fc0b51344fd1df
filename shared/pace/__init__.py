"""When a start may be sent: how many a minute on a connection, how many at once here, and whether anybody has stopped them."""
