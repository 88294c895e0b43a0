"""What stands beside and above the cells of a study: what goes down, what across, and the controls among the columns."""

from collections.abc import Iterable, Mapping
from typing import Any

from sim.language.faults import FaultList, Step
from sim.scenario.schema import DEFAULT_SEED, MAXIMUM_SEED
from sim.scenario.source import Source
from sim.scenario.study import DEFAULT_SAMPLE, CellSource, fault_at, set_all
from sim.study.axes import Axis, Variant, axes_of, same_place

NO_ATTACK, FLASH_CROWD = "no attack", "flash crowd"
AS_IT_IS = Axis(("",), (Variant("as it is"),))


def sides(study: Mapping[str, Any], base: CellSource, faults: FaultList) -> tuple[list[Axis], list[Axis], tuple[Variant, ...]]:
    """What goes down, what across, and the controls that are added to the columns. What cannot be is noted."""
    listed = base.at("attacks")
    attacks = [str(each.get("name")) for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    axes = axes_of(study.get("vary", {}), study.get("sample", DEFAULT_SAMPLE), _seed(base), attacks)
    _check_covered(base, axes, faults)
    across = [axis for axis in axes if axis.touches("attacks")]
    if not across and not listed and not any(axis.touches("mitigations") for axis in axes):
        return (axes[:-1], axes[-1:], ()) if len(axes) > 1 else (axes or [AS_IT_IS], [Axis(("",), (Variant("all"),))], ())
    down = [axis for axis in axes if axis not in across] or [AS_IT_IS]
    if not across and listed:
        across = [Axis(("attacks",), (Variant(" and ".join(attacks) or "attacks"),))]
    named = {variant.label for axis in across for variant in axis.variants}
    _check_controls(base, across, faults)
    place: tuple[Step, ...] = ("study",)
    none = same_place("attacks", [], place)
    controls = Variant(NO_ATTACK, (none,)), Variant(FLASH_CROWD, (none,), is_crowd=True)
    return down, across, tuple(control for control in controls if control.label not in named)


def _seed(base: Source) -> int:
    """The seed of the points that are sampled; where the scenario has none, or a wrong one, the default."""
    seed = base.at("seed")
    return seed if isinstance(seed, int) and 0 <= seed <= MAXIMUM_SEED else DEFAULT_SEED


def _check_controls(base: CellSource, across: Iterable[Axis], faults: FaultList) -> None:
    """A variant may stand for a control by taking its name, if it has no attacks either; else the name would lie."""
    written = ((axis.keys[0], variant) for axis in across if axis.keys for variant in axis.variants)
    for key, variant in written:
        if variant.label in (NO_ATTACK, FLASH_CROWD) and set_all(base, variant.settings, FaultList()).at("attacks"):
            problem = f"the name '{variant.label}' is taken: it is that of a control, a column without attacks"
            faults.append(fault_at(base, ("study", "vary", key, variant.label), problem,
                                   "another name, or attacks: [] among what it sets"))


def _check_covered(source: Source, axes: Iterable[Axis], faults: FaultList) -> None:
    """A key whose values another key, which is set after it, replaces in every cell, would be varied for nothing."""
    keys = [key for axis in axes for key in axis.keys
            if any(setting.path == key for variant in axis.variants for setting in variant.settings)]
    for number, key in enumerate(keys):
        over = next((later for later in keys[number + 1:] if key.startswith(f"{later}.")), None)
        if over is not None:
            problem = f"'{over}' is set after it, as a whole, so that nothing of it is left"
            expected = f"one of the two, or {{set: ...}} among the values of '{over}'"
            faults.append(fault_at(source, ("study", "vary", key), problem, expected))
