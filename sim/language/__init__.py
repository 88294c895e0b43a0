"""The language of the files: strict YAML with positions, units, quantities, faults."""
