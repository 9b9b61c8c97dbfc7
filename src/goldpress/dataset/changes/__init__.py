"""What changed between two releases, and what that demands."""
