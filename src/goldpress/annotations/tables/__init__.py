"""Task JSON to tables: by columns, row by row only where a value has an unusual shape."""
