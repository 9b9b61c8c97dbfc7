"""Other formats for a release's gold: what each can hold is written, what it cannot is counted."""
