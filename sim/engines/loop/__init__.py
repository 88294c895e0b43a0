"""The compiled engine's loop: the world of :mod:`sim.engines.world` over flat blocks of numbers.

Every function here is a plain one that numba compiles unchanged (and that runs uncompiled, slowly). Their arguments
are the same everywhere:

- ``m``: the memory, integers: the plan's tables (:mod:`sim.plan.cells`), then records of sessions, attempts, messages and
  visits (:mod:`memory`), each known by its address;
- ``x``: the plan's floats;
- ``b``: the meter's block (:mod:`sim.measure.accumulators`);
- ``q``: the heap of what is to come (:mod:`heap`);
- ``r``: the trace, a row a record (:mod:`record`).
"""
