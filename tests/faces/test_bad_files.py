"""Files that are no models, scenarios or traces at all: refused at once, whatever they are."""

import json
import os

import pytest
from face import command

MIB = 2**20


def bomb() -> bytes:
    levels = "".join(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]\n" for i in range(1, 12))
    return f"l0: &l0 [lol, lol]\n{levels}".encode()


FILES = {
    "empty": (b"", "this file is empty; expected"),
    "blank": (b" \n\n", "this file is empty; expected"),
    "binary": (bytes(range(256)) * 16, "this is a binary file; expected"),
    "not UTF-8": (b"scenario: caf\xe9\n", ":1:14: the byte 0xe9 is not UTF-8; expected text in UTF-8"),
    "UTF-16": ("scenario: x\n".encode("utf-16"), "this text is UTF-16; expected UTF-8"),
    "alias bomb": (bomb(), "too much in this file; expected at most"),
    "an alias of itself": (b"a: &a [*a]\n", ":1:"),
    "nested too deeply": (b"[" * 5000 + b"]" * 5000, "the nesting is too deep; expected at most 50 levels"),
    "never closed": (b"scenario: [a, b\n", ":1:11: the bracket '[' is never closed"),
    "a list": (b"- a\n- b\n", ":1:1: this is no scenario; expected a mapping"),
    "a word": (b"hello\n", ":1:1: this is no scenario; expected a mapping"),
    "control characters": (b"scenario: a\x07b\n", ":1:"),
    "two documents": (b"scenario: a\n---\nscenario: b\n", ":2:1: "),
    "a python object": (b"scenario: !!python/object/apply:os.system ['true']\n", ":1:11: "),
    "JSON of another kind": (b'{"a": [1, 2, 3]}', "x.yaml:1:2: "),
}


@pytest.mark.parametrize("words", [("check",), ("run",), ("diagram",)])
@pytest.mark.parametrize(("content", "said"), FILES.values(), ids=FILES.keys())
def test_what_is_no_model_and_no_scenario_is_refused(refused, here, content, said, words):
    (here / "x.yaml").write_bytes(content)
    message = refused(*words, "x.yaml", lines=6 if content.startswith(b"{") else 2)
    assert message.startswith("x.yaml:")
    assert said in message or words == ("diagram",)


@pytest.mark.parametrize("words", [("check",), ("run",), ("diagram",), ("list",)])
def test_a_file_of_100_mb_is_refused(refused, here, words):
    with open(here / "big.yaml", "wb") as file:
        file.truncate(100 * MIB)
    assert f"big.yaml: this file has {100 * MIB} bytes; expected at most {4 * MIB}" == refused(*words, "big.yaml")


def test_a_scenario_whose_model_is_a_file_of_100_mb_is_refused(refused, here):
    with open(here / "big.yaml", "wb") as file:
        file.truncate(100 * MIB)
    (here / "s.yaml").write_text("scenario: s\nmodel: big.yaml\nduration: 5 s\nactors: {a: {arrivals: {poisson: 1 /s}, timeout: 1 s}}\n")
    assert "big.yaml: this file has 104857600 bytes" in refused("run", "s.yaml")


def test_a_directory_a_pipe_and_a_device_are_refused(refused, here):
    (here / "folder.yaml").mkdir()
    os.mkfifo(here / "pipe.yaml")
    for words in (("check",), ("run",), ("list",)):
        assert "folder.yaml: this is a directory; expected" in refused(*words, "folder.yaml")
    (here / "folder.yaml").rmdir()
    assert "pipe.yaml: this is not a regular file; expected" in command("check", "pipe.yaml").err  # a snapshot would wait for ever
    assert "/dev/zero: this is not a regular file; expected" in command("check", "/dev/zero").err


def test_a_file_that_nobody_may_read_is_refused(refused, here, monkeypatch):
    (here / "x.yaml").write_text("scenario: x\n")
    real = open

    def closed(file, *arguments, **options):
        if str(file) == "x.yaml":
            raise PermissionError(13, "Permission denied", "x.yaml")
        return real(file, *arguments, **options)

    monkeypatch.setattr("builtins.open", closed)
    assert "x.yaml: cannot be read: permission denied; expected a YAML file" == refused("check", "x.yaml")


@pytest.mark.parametrize("words", [("check",), ("run",), ("list",), ("diagram",)])
def test_what_is_not_there_is_refused_with_what_is(refused, words):
    message = refused(*words, "stepp1")
    assert "'stepp1'" in message
    assert "did you mean" in message or words == ("run",)
    assert "step1" in message


@pytest.mark.parametrize("words", [("sessions",), ("show",), ("compare", "x"), ("diagram", "--merged")])
def test_a_trace_that_is_not_there_is_refused(refused, words):
    message = refused(*words, "nowhere")
    assert "there is no such file" in message or "a model has no sessions" in message


def test_a_model_has_no_sessions(refused):
    message = "protectserve/step1: a model has no sessions; expected the trace of a run, for --session and --merged"
    assert message == refused("diagram", "protectserve/step1", "--session", 1)
    assert message == refused("diagram", "protectserve/step1", "--merged")


@pytest.mark.parametrize(("words", "said"), [
    (["-f", "jpg"], "--format: got 'jpg'; expected text, mermaid, plantuml, svg or png (did you mean 'png'?)"),
    (["-o", "x.jpg"], "x.jpg: no format is known by the ending '.jpg'; expected .txt, .mmd, .mermaid, .puml, .svg or .png"),
    (["-o", "no/where.svg"], "no/where.svg: there is no folder no; expected a file in a folder that is there"),
    (["-o", "."], ""),
])
def test_a_picture_that_cannot_be_made_is_refused(refused, words, said):
    assert said in refused("diagram", "protectserve/step1", *words)


def test_a_picture_never_takes_the_place_of_its_source(refused, here):
    (here / "m.yaml").write_text(json.loads(command("list", "queueing/mm1", "--json").out)["text"])
    assert "m.yaml: --out: this is the file that is drawn; expected another file" == \
        refused("diagram", "m.yaml", "-f", "svg", "-o", "m.yaml")


def test_a_terminal_is_not_filled_with_a_png(refused, monkeypatch):
    monkeypatch.setattr("sim.terminal.is_terminal", lambda: True)
    assert "--format: a terminal shows no PNG; expected -o FILE.png, or a pipe" == refused("diagram", "protectserve/step1", "-f", "png")
