"""The diagram, its projection on each actor, the actors' base class, HTTP messages and OAuth signing."""
