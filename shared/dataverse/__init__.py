"""Dataverse's Web API, as much of it as desktop flows need. Knows neither storage nor our HTTP contract."""
