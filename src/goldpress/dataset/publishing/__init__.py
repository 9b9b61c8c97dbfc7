"""Gold and raw as the next release, or a release taken back."""
