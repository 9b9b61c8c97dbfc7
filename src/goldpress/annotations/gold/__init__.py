"""Gold: the votes of several annotators to one answer, value by value, and what is sent to be decided."""
