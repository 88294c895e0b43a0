"""Studies: a scenario prepared, run, written to a folder, and looked at."""
