"""Studies: a scenario prepared, run, written to a folder, and looked at.

The package can be called, as ``sim.study(...)``: importing any part of it puts the package in the place of the function of that
name.
"""

import sys
from types import ModuleType
from typing import Any

import sim

_study = sim.study
"""The function: the package takes its place when all of this has been read."""


class _Callable(ModuleType):
    """A module that is called as the function that it is named after."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Run a study: :func:`sim.study`."""
        return _study(*arguments, **options)


sys.modules[__name__].__class__ = _Callable
