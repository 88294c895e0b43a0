"""Models read once, however many scenarios run them."""

from pathlib import Path

from sim.plan.words import vocabulary
from sim.protocol.model import Model
from sim.protocol.model import load as load_model
from sim.scenario.vocabulary import Vocabulary


class Models:
    """The models of some scenarios, by their file."""

    def __init__(self) -> None:
        self._read: dict[Path, tuple[Model, Vocabulary]] = {}
        self._last: Model | None = None

    def words(self, path: Path) -> Vocabulary:
        """The words of the model in a file. Raises :class:`sim.language.faults.Faults` for what is wrong in it."""
        if path not in self._read:
            model = load_model(path)
            self._read[path] = model, vocabulary(model)
        self._last, words = self._read[path]
        return words

    @property
    def last(self) -> Model:
        """The one that was asked for last."""
        assert self._last is not None
        return self._last
