"""How far annotators say the same, with the base and the interval of every number."""
