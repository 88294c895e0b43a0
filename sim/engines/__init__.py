"""What plays a plan: the SimPy engine."""
