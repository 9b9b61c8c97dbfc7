"""Releases that lie elsewhere: found by their index, read file by file into a cache that is checked."""
