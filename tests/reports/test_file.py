import os
import stat
import threading

import pytest

from sim.reports.file import write_once
from sim.results import ResultExistsError


def test_a_file_is_written(tmp_path):
    assert write_once(tmp_path / "new" / "a.html", b"one", numbered=True).read_bytes() == b"one"


def test_the_same_content_is_not_written_again(tmp_path):
    first = write_once(tmp_path / "a.html", b"one", numbered=True)
    before = first.stat().st_mtime_ns
    assert write_once(tmp_path / "a.html", b"one", numbered=False) == first
    assert first.stat().st_mtime_ns == before
    assert list(tmp_path.iterdir()) == [first]


def test_another_content_goes_to_the_next_free_name(tmp_path):
    contents = (b"one", b"two", b"three", b"two")
    names = [write_once(tmp_path / "a.html", content, numbered=True).name for content in contents]
    assert names == ["a.html", "a-2.html", "a-3.html", "a-2.html"]
    assert [(tmp_path / name).read_bytes() for name in names] == list(contents)


def test_a_named_file_is_not_overwritten(tmp_path):
    (tmp_path / "a.html").write_bytes(b"mine")
    with pytest.raises(ResultExistsError, match=r"a\.html is there already"):
        write_once(tmp_path / "a.html", b"other", numbered=False)
    assert (tmp_path / "a.html").read_bytes() == b"mine"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_link_to_nowhere_is_something_that_is_there(tmp_path):
    (tmp_path / "a.html").symlink_to(tmp_path / "gone")
    assert write_once(tmp_path / "a.html", b"one", numbered=True).name == "a-2.html"
    assert not (tmp_path / "gone").exists()


def test_writers_at_the_same_time_do_not_take_each_others_place(tmp_path):
    found = []
    writers = [
        threading.Thread(
            target=lambda own=bytes([number]): found.append((own, write_once(tmp_path / "a", own, numbered=True)))
        )
        for number in range(16)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len({path for _, path in found}) == 16
    assert all(path.read_bytes() == own for own, path in found)
    assert len(list(tmp_path.iterdir())) == 16


def test_a_write_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sim.reports.file._named", full)
    with pytest.raises(OSError, match="No space left"):
        write_once(tmp_path / "a.html", b"one", numbered=True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_hard_links_will_do(tmp_path, monkeypatch):
    def refused(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("pathlib.Path.hardlink_to", refused)
    assert write_once(tmp_path / "a.html", b"one", numbered=True).read_bytes() == b"one"
    assert write_once(tmp_path / "a.html", b"two", numbered=True).name == "a-2.html"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes of files")
def test_the_file_is_one_to_share(tmp_path):
    mask = os.umask(0o022)
    try:
        written = write_once(tmp_path / "a.html", b"one", numbered=True)
    finally:
        os.umask(mask)
    assert stat.S_IMODE(written.stat().st_mode) == 0o644
