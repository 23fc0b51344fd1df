"""Telling others over HTTP: to which addresses, how it is signed, and how it is sent."""
