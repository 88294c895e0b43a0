"""Diagram and scenario as tables of integers and parameters: all that an engine reads."""
