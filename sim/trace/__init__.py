"""The records of a run, their files, and selections from them."""
