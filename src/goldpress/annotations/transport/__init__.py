"""Between the workspace and Label Studio: push, pull, status, accounts, suggestions, notes; and the store of pulls."""
