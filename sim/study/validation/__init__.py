"""The simulator against queueing theory and published results: a table whose rows are counted in runs."""
