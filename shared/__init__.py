"""What the functions stand on. Imports run downwards: http and dataverse and storage -> run; nothing here imports a function."""
