"""Makes the connection that desktop flows are run with, as the identity that starts them: nobody else could use another's."""
