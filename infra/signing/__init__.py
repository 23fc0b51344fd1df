"""The signing keys in Key Vault: made once, replaced while both are valid, taken out. Read by older Pythons as well, down to 3.9."""
