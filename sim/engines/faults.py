"""What can stop a run."""


class RunFault(Exception):
    """The run cannot go on: an actor's own code raised, a number overflowed, or the engine contradicts itself."""
