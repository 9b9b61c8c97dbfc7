"""``python -m goldpress``."""

from goldpress.cli import main

main()
