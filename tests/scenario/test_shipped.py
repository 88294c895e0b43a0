"""Finding models and scenarios: by path, in the working folder, among those shipped."""

import pytest

from sim.language.faults import Faults
from sim.scenario import shipped
from sim.scenario.load import load, model_path
from sim.scenario.shipped import find, folder, names


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x: y")
    return path


def test_what_ships():
    assert "step1" in names("scenarios")
    assert "protectserve/step1" in names("models")
    assert sorted(names("models")) == list(names("models"))


@pytest.mark.parametrize("name", ["protectserve/step1", "protectserve/step1.yaml"])
def test_by_name_with_or_without_its_ending(elsewhere, name):
    assert folder("models") / "protectserve/step1.yaml" == find("models", name)


def test_the_working_folder_goes_before_what_ships(elsewhere):
    own = write(elsewhere / "models/protectserve/step1.yaml")
    assert own == elsewhere / find("models", "protectserve/step1")


def test_a_path_goes_before_both(elsewhere):
    write(elsewhere / "models/protectserve/step1.yaml")
    here = write(elsewhere / "protectserve/step1.yaml")
    assert here == elsewhere / find("models", "protectserve/step1")
    assert here == find("models", str(here))
    assert here == find("models", here)


def test_beside_the_scenario_goes_first(elsewhere):
    write(elsewhere / "m.yaml")
    beside = write(elsewhere / "there/m.yaml")
    assert beside == find("models", "m", elsewhere / "there")
    path = elsewhere / "there/s.yaml"
    path.write_text("scenario: x\nmodel: m\nduration: 1 h\nactors: {c: {arrivals: 1 /s}}")
    assert beside == model_path(load(path))


def test_a_wheel_has_them_inside_the_package(elsewhere, monkeypatch):
    write(elsewhere / "sim/_shipped/models/a/b.yaml")
    monkeypatch.setattr(shipped, "_PACKAGE", elsewhere / "sim")
    assert ("a/b",) == names("models")
    assert elsewhere / "sim/_shipped/models/a/b.yaml" == find("models", "a/b")
    assert () == names("scenarios")


@pytest.mark.parametrize(
    ("kind", "name", "near"),
    [
        ("models", "protectserve/step2", "protectserve/step1"),
        ("models", "protectserv/step1.yaml", "protectserve/step1"),
        ("scenarios", "step1_laod", "step1_load"),
    ],
)
def test_a_missing_one_names_those_that_are_near(elsewhere, kind, name, near):
    with pytest.raises(Faults) as caught:
        find(kind, name)
    text = str(caught.value)
    assert text.startswith(f"{name}: there is no {kind[:-1]} '{name}'; expected a path, or ")
    assert text.endswith(f"(did you mean '{near}'?)")
    assert 1 == len(text.splitlines())


def test_those_of_the_working_folder_are_near_too(elsewhere):
    write(elsewhere / "models/mine/thing.yaml")
    with pytest.raises(Faults, match="did you mean 'mine/thing'"):
        find("models", "mine/thin")


@pytest.mark.parametrize("name", ["", "a\0b", "x" * 5000, "../" * 50 + "nowhere", "/", "."])
def test_names_that_are_none(elsewhere, name):
    said = ""
    try:
        assert find("models", name).is_dir(), "a folder: reading it says so"
    except Faults as faults:
        said = str(faults)
    assert 1 >= len(said.splitlines())


def test_a_model_that_is_not_there_is_a_fault_at_its_key(elsewhere):
    path = elsewhere / "s.yaml"
    path.write_text("scenario: x\nmodel: protectserve/step9\nduration: 1 h\nactors: {c: {arrivals: 1 /s}}")
    with pytest.raises(Faults) as caught:
        model_path(load(path))
    assert str(caught.value).startswith(f"{path}:2:8: model: there is no model 'protectserve/step9'; expected a path, or ")
