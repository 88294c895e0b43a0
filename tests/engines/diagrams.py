"""Diagrams that several tests play."""

CALL = """
diagram: A call
participants: {c: Client, s: Server}
sequence:
  - c -> s: ask
  - s --> c: told
"""
