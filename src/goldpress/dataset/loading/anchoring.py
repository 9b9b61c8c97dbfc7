"""Finding a span again in another copy of a text, by the hashes of what was marked and of what stands around it.

After a page has changed, bare offsets are wrong nearly everywhere. A hash of the marked text finds its copies; the
strict rule takes one only where the hash before or after it agrees too, so that nothing is ever guessed.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from goldpress.dataset.rights.withholding import keyed_hash, span_hashes

_START = re.compile(r"(?<!\w)(?=\w)|(?<=[^\w\s])(?=\S)|(?<!\S)(?=\S)")


class Marks(NamedTuple):
    """A span as a release has it: its place in the text that was labelled, and the hashes."""

    start: int
    end: int
    quote: str
    prefix: str
    suffix: str


@dataclass
class Copy:
    """A user's copy of an article's text."""

    article_id: str
    text: str
    _starts: list[int] = field(default_factory=list)
    _windows: dict[int, Mapping[str, list[int]]] = field(default_factory=dict)

    def find(self, marks: Marks) -> tuple[int, int] | None:
        """Return where a span lies in this copy; None where no place is certain.

        Of several places the one with more agreeing neighbours wins, then the one nearest to the old offset.
        """
        length = marks.end - marks.start
        found = [(-agree, abs(at - marks.start), at) for at, agree in self._agreeing(length, marks) if agree]
        return (min(found)[2], min(found)[2] + length) if found else None

    def _agreeing(self, length: int, marks: Marks) -> Iterator[tuple[int, int]]:
        for at in self._places(length).get(marks.quote, ()):
            _, prefix, suffix = span_hashes(self.article_id, self.text, at, at + length)
            yield at, (prefix == marks.prefix) + (suffix == marks.suffix)

    def _places(self, length: int) -> Mapping[str, list[int]]:
        """Hash to places, of every window of a length that begins where a word or a mark does."""
        if not self._starts:
            self._starts = [found.start() for found in _START.finditer(self.text)]
        if length not in self._windows:
            windows: dict[str, list[int]] = {}
            for at in self._starts:
                if at + length <= len(self.text):
                    windows.setdefault(keyed_hash(self.article_id, self.text[at : at + length]), []).append(at)
            self._windows[length] = windows
        return self._windows[length]
