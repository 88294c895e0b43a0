"""Made studies: a grid of a scenario that ships with results that nobody simulated, and a real one that is over in seconds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sim.study.execution.job import Job
from sim.study.grid import grid_of
from sim.study.result import Study
from sim.study.results import Results

VARY: dict[str, Any] = {
    "mitigations.authorization_manager": {
        "none": [],
        "token bucket": [{"token_bucket": {"message": "request_consumer_key", "rate": "12 /min", "burst": 3}}],
        "stateless keys": [{"stateless_keys": {"work": "0.1 ms"}}],
    },
    "attacks": {"flood": {"set": {"attacks.flood.rate": "400 /s"}}},
}
SHORT: dict[str, Any] = {
    "study.vary": VARY,
    "study.set": {"duration": "12 s", "warm_up": "2 s", "attacks.flood.during": ["2 s", "12 s"], "actors.consumer.deadline": "4 s"},
}
"""The study of the key flood, 12 s long, of three mitigations and one attack."""


def here(jobs: Iterable[tuple[int, Job]], _workers: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Runs jobs in this process, the last first."""
    for number, job in reversed(list(jobs)):
        yield number, job.run()


def metrics(success: float | None, *, p99: float | None = 1.0, memory: int = 2**20, sent: int = 1000, busy: float = 2.0,
            refusals: int = 0) -> dict[str, Any]:
    """Metrics of a run, as far as a study reads them."""
    return {"honest": {"success_ratio": success, "response_time_s": {"p99": p99}, "false_refusals": refusals}, "attack": {"sent": sent},
            "stations": {"authorization_manager": {"memory_peak_bytes": {"key": memory // 2, "nonce": memory - memory // 2}, "busy_mean": busy}}}


def made(results: Mapping[tuple[int, int], Mapping[str, Any]], *, vary: dict[str, Any] = VARY, replications: int = 4, question: str = "Who?",
         stopped: bool = False, changes: Mapping[str, Any] | None = None) -> Study:
    """A study of the key flood with these results."""
    grid = grid_of("key_flood", {**SHORT, "study.vary": vary, "study.question": question, **(changes or {})}, replications=replications)
    return Study(grid, 7, Results({key: dict(value) for key, value in results.items()}), (), stopped,
                 {"runs": len(results), "of": len(grid.cells) * replications})


def of(success: Sequence[Sequence[float | None]], **options: Any) -> Study:
    """A study whose cells have these honest successes, a list a cell."""
    return made({(cell, r): metrics(value) for cell, values in enumerate(success) for r, value in enumerate(values)}, **options)
