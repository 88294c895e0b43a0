"""Files that are no text: each refused in one line, and the large ones before they are read."""

import os
import socket

import pytest

from sim.language import files
from sim.language.faults import Faults
from sim.language.files import read_text


def fault_of(path, maximum=1000):
    with pytest.raises(Faults) as caught:
        read_text(path, maximum, "a YAML file")
    return str(caught.value)


def test_text_is_read_whole(tmp_path):
    path = tmp_path / "a"
    path.write_bytes("\ufeffgrüße\r\n".encode())
    assert "grüße\r\n" == read_text(path, 1000, "")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ": this file is empty; expected a YAML file"),
        (b" \n\t\n", ": this file is empty; expected a YAML file"),
        (b"\x7fELF\x00\x01", ": this is a binary file; expected a YAML file"),
        (b"\xff\xfea\x00b\x00", ": this text is UTF-16; expected UTF-8"),
        (b"a: 1\nb: \xc3\xbc\xe4\n", ":2:5: the byte 0xe4 is not UTF-8; expected text in UTF-8"),
        (b"x" * 1001, ": this file has 1001 bytes; expected at most 1000"),
    ],
)
def test_what_is_no_text(tmp_path, data, expected):
    path = tmp_path / "a"
    path.write_bytes(data)
    assert f"{path}{expected}" == fault_of(path)


def test_a_hundred_megabytes_are_refused_unread(tmp_path, monkeypatch):
    path = tmp_path / "huge.yaml"
    with open(path, "wb") as file:
        file.truncate(100 * 2**20)
    monkeypatch.setattr("builtins.open", lambda *_, **__: pytest.fail("the file was opened"))
    assert f"{path}: this file has 104857600 bytes; expected at most 4194304" == fault_of(path, 4 * 2**20)


def test_a_file_that_grows_is_not_read_without_end(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.write_bytes(b"x" * 50)
    small = os.stat(path)
    path.write_bytes(b"x" * 2000)
    monkeypatch.setattr(files.os, "stat", lambda _: small)
    assert f"{path}: this file grew while it was read; expected at most 1000 bytes" == fault_of(path)


def test_no_file_a_directory_and_devices(tmp_path):
    assert f"{tmp_path}: this is a directory; expected a YAML file" == fault_of(tmp_path)
    assert f"{tmp_path}/nowhere: there is no such file; expected a YAML file" == fault_of(tmp_path / "nowhere")
    assert "/dev/zero: this is not a regular file; expected a YAML file" == fault_of("/dev/zero")
    assert "a\\x00b: cannot be read: embedded null byte; expected a YAML file" == fault_of("a\0b")
    assert "cannot be read: file name too long" in fault_of("x" * 5000)
    os.mkfifo(tmp_path / "pipe")
    assert f"{tmp_path}/pipe: this is not a regular file; expected a YAML file" == fault_of(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        assert "this is not a regular file" in fault_of(tmp_path / "s")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path):
    path = tmp_path / "secret"
    path.write_text("a")
    path.chmod(0)
    assert f"{path}: cannot be read: permission denied; expected a YAML file" == fault_of(path)
