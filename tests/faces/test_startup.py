"""What starts quickly imports little. (The times themselves are measured by hand: `python -X importtime -m sim check step1`.)"""

import subprocess
import sys

import pytest

HEAVY = ("numpy", "pandas", "scipy", "matplotlib", "PIL", "numba", "cryptography", "jinja2", "rich", "optuna", "sim.draw.compose", "simpy")
ALLOWED = {
    ("--help",): set(),
    ("list",): set(),
    ("check", "step1"): set(),
    ("diagram", "protectserve/step1"): {"sim.draw.compose"},
    ("new", "x"): set(),
    ("sessions", "nowhere"): {"sim.draw.compose"},
    ("run", "nowhere"): set(),
    ("schema",): set(),
    ("breaking-point", "nowhere"): {"simpy"},
    ("tune", "nowhere"): {"simpy"},
}


@pytest.mark.parametrize(("words", "allowed"), ALLOWED.items(), ids=lambda value: " ".join(value) if isinstance(value, tuple) else "")
def test_a_quick_command_imports_nothing_heavy(tmp_path, words, allowed):
    program = ("import sys\nsys.argv = ['sim', *sys.argv[1:]]\nfrom sim.cli import main\ntry:\n    main()\n"
               f"except SystemExit:\n    print(*sorted(set({HEAVY!r}) & sys.modules.keys()), file=sys.stderr)\n")
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert set(done.stderr.splitlines()[-1].split()) <= allowed
