"""The keys of ``arrivals``: when sessions start."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from sim.language.faults import BadValue, Faults, either, shown
from sim.language.rates_file import MAXIMUM_STEPS, read_steps
from sim.language.units import format_duration, format_rate
from sim.scenario.fields import Duration, Rate, Strict, Times, UnlimitedFromOne, Varying, folder_of, optional

PROCESSES = ("poisson", "constant", "ramp", "times", "closed", "steps")


class ClosedKeys(Strict):
    """Closed arrivals: a fixed population, each member thinking between its sessions."""

    think: Varying = Field(
        title="Think time",
        description="Pause of a client from the end of its session to the start of its next.",
        examples=["5 s", {"exponential": "5 s"}],
    )


class StepKeys(Strict):
    """One step of a rate that changes."""

    from_: Duration = Field(alias="from", title="From", description="Start of the step.", examples=["2 min"])
    rate: Rate = Field(title="Rate", description="Sessions a second from then on.", examples=["100 /s"])


def _steps(value: object, info: ValidationInfo) -> object:
    """The steps of a file, if its name stands there."""
    if not isinstance(value, str):
        return value
    try:
        steps = read_steps(folder_of(info) / value)
    except Faults as faults:
        raise BadValue(f"got {shown(value)}", "a readable CSV file of times and rates", faults=faults.faults) from None
    return [{"from": format_duration(from_ns), "rate": format_rate(rate)} for from_ns, rate in steps]


_StepList = Annotated[list[StepKeys], Field(min_length=1, max_length=MAXIMUM_STEPS)]
Steps = Annotated[_StepList, BeforeValidator(_steps, json_schema_input_type=_StepList | str)]
"""Steps, or the name of a CSV file with a time and a rate a line."""


class RampKeys(Strict):
    """A rate that is linear in time."""

    from_: Rate = Field(alias="from", title="From", description="The rate at the beginning.", examples=["0 /s"])
    to: Rate = Field(title="To", description="The rate at the end.", examples=["1000 /s"])


class ArrivalKeys(Strict):
    """When sessions start: exactly one of poisson, constant, ramp, times, closed and steps."""

    poisson: Rate = optional(title="Poisson", description="Independent arrivals at this mean rate.", examples=["20 /s"])
    constant: Rate = optional(title="Constant", description="One arrival every 1 / rate, the first at 0 s.", examples=["1 /s"])
    ramp: RampKeys = optional(
        title="Ramp",
        description="A rate that is linear in time, from the start of the run to its end.",
        examples=[{"from": "0 /s", "to": "100 /s"}],
    )
    times: Times = optional(
        title="Times",
        description="The times of the arrivals: a list, or a CSV file with one time a line.",
        examples=[["0 s", "5 s"], "arrivals.csv"],
    )
    closed: ClosedKeys = optional(
        title="Closed",
        description="Each client of the population starts again when it has thought.",
        examples=[{"think": "5 s"}],
    )
    steps: Steps = optional(
        title="Steps",
        description="A rate that changes: each step holds until the next; nobody comes before the first. A list, or a CSV file.",
        examples=[[{"from": "0 s", "rate": "10 /s"}, {"from": "2 min", "rate": "100 /s"}]],
    )
    process: Literal["poisson", "constant"] = optional(
        title="Process", description="How steps and ramps arrive. Default: poisson.", examples=["poisson"]
    )
    maximum: UnlimitedFromOne = optional(title="Maximum", description="Sessions in all. Default: unlimited.", examples=[1000])

    @model_validator(mode="after")
    def _one_process(self) -> "ArrivalKeys":
        given = [name for name in PROCESSES if name in self.model_fields_set]
        if len(given) != 1:
            problem = f"got {' and '.join(given)} together" if given else "it is not said how sessions arrive"
            raise BadValue(problem, f"one of {either(PROCESSES)}, e.g. {{poisson: 20 /s}}")
        if given[0] not in ("steps", "ramp") and "process" in self.model_fields_set:
            raise BadValue("process belongs to steps and ramps", f"{given[0]} alone", path=("process",))
        for index in range(1, len(self.given("steps", ()))):
            if self.steps[index].from_ <= self.steps[index - 1].from_:
                raise BadValue("this step does not come after the one before it", path=("steps", index, "from"))
        return self


def _bare_rate(value: object) -> object:
    return {"poisson": value} if isinstance(value, str | int | float) and not isinstance(value, bool) else value


ArrivalsField = Annotated[ArrivalKeys, BeforeValidator(_bare_rate, json_schema_input_type=Rate | ArrivalKeys)]
