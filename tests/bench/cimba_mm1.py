"""M/M/1 in cimba, a compiled discrete-event library with coroutines: the yardstick for the compiled engine's own M/M/1."""

import time

import cimba
from cimba import inputs

ARRIVALS_PER_S, SERVED_PER_S = 0.9, 1.0


class MM1(cimba.Model):
    """Customers as tokens in a container, one process for the arrivals and one for the server: cimba's own M/M/1 example."""

    interarrival: cimba.Input[float] = inputs.dist.exponential(mean=1 / ARRIVALS_PER_S)
    service: cimba.Input[float] = inputs.dist.exponential(mean=1 / SERVED_PER_S)
    queue: cimba.Container
    mean_queue: cimba.Output[float]

    @cimba.process
    def arrive(self) -> None:
        while True:
            cimba.hold(self.interarrival.next())
            self.queue.put(1)

    @cimba.process
    def serve(self) -> None:
        while True:
            self.queue.get(1)
            cimba.hold(self.service.next())

    @cimba.on_end
    def measure(self) -> None:
        self.mean_queue = self.queue.mean_level()


MODEL = MM1()


def customers_per_s(duration_s: float) -> float:
    """Customers per second of CPU time."""
    began = time.process_time()
    ran = cimba.Experiment(MODEL, replications=1, window=cimba.Window(warmup=0, duration=duration_s), seed=1).run()
    took = time.process_time() - began
    assert 6.0 < ran[MODEL].mean_queue.values[0, 0] < 12.0  # rho^2 / (1 - rho) = 8.1 wait in the mean
    return ARRIVALS_PER_S * duration_s / took
