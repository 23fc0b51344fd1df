"""The API's description, made from what the code itself declares. `python3 -m infra.api` writes it."""
