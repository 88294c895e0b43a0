"""Ids for what the author of a diagram did not name."""

import re
from collections.abc import Iterable


class Identifiers:
    """The ids of one diagram: those given, and those made from labels (the first words, numbered when taken)."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        """``reserved``: ids given somewhere in the file, so that none is made that comes up later."""
        self._reserved = frozenset(reserved)
        self._taken: set[str] = set()

    def __len__(self) -> int:
        return len(self._taken)

    def take(self, id_: str) -> bool:
        """Claim ``id_``; False if it was taken already."""
        free = id_ not in self._taken
        self._taken.add(id_)
        return free

    def from_label(self, label: str) -> str:
        """An unused id made of ``label``: ``GET "r"`` gives ``get_r``, the second one ``get_r_2``."""
        words = re.findall(r"[a-z0-9]+", label.lower())
        base = "_".join(words)[:40].rstrip("_") or "item"
        if base[0].isdigit():
            base = f"_{base}"
        id_, number = base, 1
        while id_ in self._reserved or not self.take(id_):
            number += 1
            id_ = f"{base}_{number}"
        return id_
