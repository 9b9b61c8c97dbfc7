"""What may leave, and the looks for what may not."""
