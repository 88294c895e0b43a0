"""The way of the data is visible in the folders: each imports only what stands above it."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ORDER = ["language", "protocol", "world", "mitigations", "scenario", "plan", "trace", "measure", "engines", "draw", "study"]
HEAVY = ["numba", "pandas", "scipy", "networkx", "matplotlib", "numpy", "cryptography", "PIL", "pydantic", "simpy"]


def sources() -> list[Path]:
    return sorted((ROOT / "sim").rglob("*.py"))


def imported(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{name.name}" for name in node.names)]
        elif isinstance(node, ast.Import):
            found += [name.name for name in node.names]
    return found


def test_each_folder_imports_only_what_stands_above_it():
    wrong = []
    for path in sources():
        folder = path.relative_to(ROOT / "sim").parts[0]
        if folder not in ORDER:
            continue
        for name in imported(path):
            match = re.match(r"sim\.(\w+)", name)
            if match and match[1] in ORDER and ORDER.index(match[1]) > ORDER.index(folder):
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert wrong == []


def test_drawing_never_sees_a_model_or_an_engine():
    seen = {name for path in (ROOT / "sim" / "draw").rglob("*.py") for name in imported(path)}
    assert [name for name in sorted(seen) if re.match(r"sim\.(protocol|engines|plan|scenario|world)", name)
            and not name.startswith("sim.protocol.http")] == []


def test_only_the_charts_import_matplotlib():
    using = {path.relative_to(ROOT).parts[1] for path in sources() for name in imported(path) if name.split(".")[0] == "matplotlib"}
    assert using <= {"draw"}


@pytest.mark.parametrize("statement", ["import sim", "import sim.cli"])
def test_nothing_heavy_is_imported_before_it_is_needed(statement):
    program = f"import sys; {statement}; print(*sorted({HEAVY!r} & sys.modules.keys()))".replace(f"{HEAVY!r}", f"set({HEAVY!r})")
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert loaded.strip() == ""


def test_no_file_and_no_function_has_grown_too_long():
    long = []
    for path in sources():
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > 400:
            long.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= 60:
                long.append(f"{path.relative_to(ROOT)}:{node.lineno}: {node.name}")
    assert long == []


def test_a_small_run_never_waits_for_a_compiler_nor_for_numpy():
    program = "import sys, sim; sim.run('scenarios/step1.yaml'); print(*sorted({'numba', 'numpy', 'pandas', 'scipy'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip() == ""
