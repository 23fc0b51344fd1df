"""What can be known of the Bicep, the queries and the settings without a cloud."""
