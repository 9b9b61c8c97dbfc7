"""What is measured over many rows: annotators, parts, sources, releases, files.

A measure function gets the frames and yields one ``Measure`` for each annotator, label, table or file that it is
about. Where there is too little to measure it says so, and passes: a number from three rows would mislead.
"""

from goldpress.validation.measures import drift, files, process
from goldpress.validation.measures.registry import Measure, measure_all, measure_view

__all__ = ["Measure", "drift", "files", "measure_all", "measure_view", "process"]
