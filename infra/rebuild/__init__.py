"""Runs written anew from what Dataverse shows, where the table was lost or is an older copy of itself."""
