"""Everything that a release is made from: the tasks of pulls and exports to all tables, raw, gold and compared."""
