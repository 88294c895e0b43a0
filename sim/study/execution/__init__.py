"""Runs, executed: what a run needs (job), where it is kept (address, kept), what runs it (pool, cluster), and the runner."""
