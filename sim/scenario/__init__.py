"""Scenarios: the schema of their files, loading, checking against a diagram, and writing them out again."""
