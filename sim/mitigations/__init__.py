"""Protections of a server, one file each: parameters, state, laws, and the source in the docstring.

Nothing else has to be touched for a new one: ``README.md`` here shows a whole one, and how it is asked.
"""
