"""The API's description, made from what the code itself declares. `python -m infra.api` writes it."""
