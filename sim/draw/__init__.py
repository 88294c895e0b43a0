"""Sequence diagrams and charts, drawn from traces and metrics alone."""
