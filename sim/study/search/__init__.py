"""Searches over studies: up to which rate of an attack a mitigation holds, and which parameters of one are the cheapest that do.

What they run goes through the same runner as a study: by any number of workers, kept, and taken from what is kept.
"""
