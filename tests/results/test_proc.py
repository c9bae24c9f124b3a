import pytest

from sim.results.proc import proc


@pytest.fixture
def result(finish, closed_loop):
    return finish(10, memory=closed_loop)


def test_vmstat_has_a_line_per_counter_in_their_order(result, closed_loop):
    lines = result.proc("vmstat").splitlines()
    assert lines == [f"{name} {value}" for name, value in closed_loop.vmstat.items()]
    assert result.proc("vmstat").endswith("oom_kill 0\n")


def test_pressure_is_written_as_the_kernel_does(result):
    assert result.proc("pressure/memory") == (
        "some avg10=13.29 avg60=2.50 avg300=0.50 total=1250000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
    )


@pytest.mark.parametrize(("percent", "text"), [(0, "0.00"), (100, "100.00"), (4.2, "4.20"), (99.99951171875, "99.99")])
def test_an_average_has_two_digits_that_are_cut_off_from_eleven_bits(closed_loop, percent, text):
    line = {"avg10": percent, "avg60": 0.0, "avg300": 0.0, "total_us": 0}
    document = {"memory": {"vmstat": {}, "pressure": {"io": {"some": line, "full": line}}}}
    assert proc(document, "pressure/io").split()[1] == f"avg10={text}"


def test_the_whole_path_is_understood(result):
    assert result.proc("/proc/pressure/io") == result.proc("pressure/io")


def test_a_file_that_is_not_there_is_answered_with_those_that_are(result):
    with pytest.raises(ValueError, match="no /proc/pressure/cpu in this result; there is /proc/vmstat, /proc/pressure"):
        result.proc("pressure/cpu")


def test_a_run_without_memory_has_no_proc(finish):
    with pytest.raises(ValueError, match="this run had no memory of its own"):
        finish(10).proc("vmstat")
