"""Protections of a server, one file each: parameters, state, law, and the source in the docstring."""
