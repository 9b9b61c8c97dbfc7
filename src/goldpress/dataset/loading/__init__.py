"""Releases to read: found by version or address, fetched, with texts put back."""
