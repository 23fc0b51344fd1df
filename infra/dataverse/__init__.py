"""Sets Dataverse up for a deployment: the application user, a security role of least privilege, and who has it."""
