"""What can stop a run."""


class RunFault(Exception):  # noqa: N818 - a fault, as everywhere here
    """The run cannot go on: an actor's own code raised, a number overflowed, or the engine contradicts itself."""
