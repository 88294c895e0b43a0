"""The laws stand on the standard library alone: a small run waits for no compiler and no array library."""

import subprocess
import sys
from pathlib import Path

import sim.world

MODULES = sorted(path.stem for path in Path(sim.world.__file__).parent.glob("*.py") if path.stem != "__init__")


def test_the_laws_import_nothing_heavy() -> None:
    program = "import sys\nbefore = set(sys.modules)\n"
    program += "".join(f"import sim.world.{module}\n" for module in MODULES)
    program += "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert {"chance", "clock", "distributions", "network", "order"} <= set(MODULES)
    assert [] == [name for name in loaded if name not in sys.stdlib_module_names and name != "sim"]
