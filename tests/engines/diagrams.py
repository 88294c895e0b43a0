"""Diagrams that several tests play."""

CALL = """
diagram: A call
participants: {c: Client, s: Server}
sequence:
  - c -> s: ask
  - s --> c: told
"""

NESTED = """
diagram: A call in a call
participants: {c: Client, s: Server, t: Third}
sequence:
  - c -> s: ask
  - s -> t: ask on
  - t --> s: told
  - s --> c: told on
"""
