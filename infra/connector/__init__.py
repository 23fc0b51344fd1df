"""The custom connector for Power Platform, made from what the code itself declares. `python3 -m infra.connector` writes it."""
