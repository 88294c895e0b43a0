"""The key ``tune``: which parameters a search may set, and what is wanted of them.

    tune:
      question: Which limit costs a flash crowd least?
      parameters:
        mitigations.authorization_manager.0.token_bucket.rate: {from: 1 /min, to: 5 /s, scale: log}
        mitigations.authorization_manager.0.token_bucket.burst: {from: 1, to: 50}
      minimise: {measure: false_refusals, in: flash crowd}
      keep:
        - {measure: honest_success_ratio, at_least: 95 %}
        - {measure: response_time_p99_s, at_most: 3 s, in: no attack}

Parameters are written as what a study varies. What is measured in are the columns of the scenario's study: no attack, flash crowd,
and each attack; ``row`` names the row of it that is tuned (by default the scenario as it is).
"""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema, model_validator

from sim.language.faults import BadValue, shown
from sim.scenario.fields import Strict, Text, optional
from sim.scenario.ranges import Quantity, quantity
from sim.scenario.replications import MAXIMUM_REPLICATIONS
from sim.scenario.study import Path, Variants

MAXIMUM_PARAMETERS = 16
MAXIMUM_LEVELS = 32
MAXIMUM_TRIALS = 10_000
DEFAULT_TRIALS = 40
DEFAULT_REPLICATIONS = 5


def _limit(value: object) -> Quantity:
    found = quantity(value)
    if found is None:
        raise BadValue(f"got {shown(value)}", "a quantity, e.g. 95 %, 3 s, 1 MiB or 10")
    return found


def _column(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise BadValue(f"got {shown(value)}", "the name of a column of the study, e.g. flash crowd")
    return value


def _columns(value: object) -> tuple[str, ...]:
    names = value if isinstance(value, list) else [value]
    if not names or not all(isinstance(name, str) and name for name in names):
        raise BadValue(f"got {shown(value)}", "the name of a column of the study, e.g. no attack, or a list of names")
    return tuple(names)


Limit = Annotated[Any, PlainValidator(_limit), WithJsonSchema({"type": ["string", "number"]})]
Columns = Annotated[Any, PlainValidator(_columns), WithJsonSchema({"anyOf": [
    {"type": "string", "minLength": 1}, {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}}]})]


class CostKeys(Strict):
    """What is to be as low as can be: a measure in a column."""

    measure: Text = Field(title="Measure", description="A measure of a study.", examples=["false_refusals"])
    in_: Annotated[Any, WithJsonSchema({"type": "string", "minLength": 1}), AfterValidator(_column)] = Field(
        None, alias="in", title="In", examples=["flash crowd"],
        description="The column of the study. Default: no attack, or the only one there is.")


class LevelKeys(Strict):
    """A service level: at least or at most so much of a measure, in some columns or all."""

    measure: Text = Field(title="Measure", description="A measure of a study.", examples=["honest_success_ratio"])
    at_least: Limit = optional(title="At least", description="What it must not fall below.", examples=["95 %"])
    at_most: Limit = optional(title="At most", description="What it must not exceed.", examples=["3 s"])
    in_: Columns = Field(None, alias="in", title="In", examples=["no attack", ["no attack", "flash crowd"]],
                         description="Columns of the study. Default: all.")

    @model_validator(mode="after")
    def _one_limit(self) -> "LevelKeys":
        given = [name for name in ("at_least", "at_most") if name in self.model_fields_set]
        if len(given) != 1:
            raise BadValue(f"this says {'at_least and at_most' if given else 'neither at_least nor at_most'}",
                           "one of them, e.g. at_least: 95 %")
        return self


class TuneKeys(Strict):
    """A search for parameters that keep service levels at the least cost."""

    question: Text = optional(title="Question", description="What the search asks; it stands above its table.",
                              examples=["Which limit costs a flash crowd least?"])
    row: Text = optional(title="Row", description="The row of the study that is tuned. Default: the scenario as it is.",
                         examples=["token bucket"])
    parameters: Annotated[dict[Path, Variants], Field(min_length=1, max_length=MAXIMUM_PARAMETERS)] = Field(
        title="Parameters", description="Settings by their paths, and what each may be: a range, or a list of values.",
        examples=[{"mitigations.server.0.token_bucket.rate": {"from": "1 /min", "to": "5 /s", "scale": "log"}}])
    minimise: CostKeys = Field(title="Minimise", description="The cost.",
                               examples=[{"measure": "false_refusals", "in": "flash crowd"}])
    keep: Annotated[list[LevelKeys], Field(min_length=1, max_length=MAXIMUM_LEVELS)] = Field(
        title="Keep", description="Service levels that must be kept.",
        examples=[[{"measure": "honest_success_ratio", "at_least": "95 %"}]])
    trials: Annotated[int, Field(ge=1, le=MAXIMUM_TRIALS)] = optional(
        title="Trials", description="How many settings are tried. Default: 40.", examples=[40])
    replications: Annotated[int, Field(ge=2, le=MAXIMUM_REPLICATIONS)] = optional(
        title="Replications", examples=[5],
        description="Runs of each setting in each column; of the best ones four times as many. Default: 5.")
