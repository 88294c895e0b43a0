"""The laws of the simulated world: plain functions on numbers, the same bits compiled or not."""
