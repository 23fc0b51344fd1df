"""Dataverse's Web API, version 9.2, as far as desktop flows need it."""
