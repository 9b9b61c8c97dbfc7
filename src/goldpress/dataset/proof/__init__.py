"""A release held against what it says, and made again from what it names."""
