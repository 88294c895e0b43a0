"""What all mitigations have in common: kinds of parameters, what a module declares, and where modules are found."""
