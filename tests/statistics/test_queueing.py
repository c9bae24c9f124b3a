import math

import pytest

from sim.statistics import Repairman, erlang_b, erlang_c, machine_repairman, mean_wait, truncated_geometric

SIX_DIGITS = {"rel": 1e-5}


@pytest.mark.parametrize(
    ("servers", "load", "blocked"),
    [
        (2, 1, 0.2),
        (8, 5, 0.0700479),
        (16, 12, 0.0604126),
        (32, 28, 0.0664979),
        (64, 58, 0.0458220),
        (256, 240, 0.0172735),
    ],
)
def test_erlang_b_is_the_tabulated_value(servers, load, blocked):
    assert erlang_b(servers, load) == pytest.approx(blocked, **SIX_DIGITS)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.3), (4, 5.0), (12, 7.5)])
def test_erlang_b_is_the_last_term_of_a_truncated_poisson_distribution(servers, load):
    terms = [load**n / math.factorial(n) for n in range(servers + 1)]
    assert erlang_b(servers, load) == pytest.approx(terms[-1] / sum(terms))


def test_without_servers_all_are_blocked_and_without_load_nobody():
    assert (erlang_b(0, 3.0), erlang_b(4, 0.0)) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("servers", "load", "waiting"),
    [(8, 5, 0.167267), (16, 12, 0.204574), (32, 28, 0.363008), (64, 58, 0.338729), (256, 240, 0.219503)],
)
def test_erlang_c_is_the_tabulated_value(servers, load, waiting):
    assert erlang_c(servers, load) == pytest.approx(waiting, **SIX_DIGITS)


def test_one_server_is_found_busy_as_often_as_it_is():
    assert erlang_c(1, 0.7) == pytest.approx(0.7)


def test_one_server_has_the_mean_wait_of_pollaczek_and_khinchine():
    assert mean_wait(1, 0.7, hold=2.0) == pytest.approx(0.7 / 0.3 * 2.0)


def test_the_mean_wait_is_in_the_unit_of_the_hold():
    assert mean_wait(16, 12, hold=1e6) == pytest.approx(0.204574 / 4 * 1e6, **SIX_DIGITS)


def test_truncated_geometric_is_the_tabulated_value():
    assert truncated_geometric(0.5, 4) == pytest.approx(0.032258, rel=2e-5)
    assert truncated_geometric(0.8, 4) == pytest.approx(0.1218, rel=5e-4)
    assert truncated_geometric(0.3, 8) == pytest.approx(4.6e-5, rel=0.01)


@pytest.mark.parametrize(("p", "min_nr", "empty"), [(1.0, 4, 0.2), (0.0, 4, 0.0), (0.5, 0, 1.0), (0.0, 0, 1.0)])
def test_truncated_geometric_holds_at_its_edges(p, min_nr, empty):
    assert truncated_geometric(p, min_nr) == pytest.approx(empty)


@pytest.mark.parametrize(
    ("tasks", "think", "servers", "throughput", "wait"),
    [(64, 1, 8, 8.0, 6.0), (64, 1, 16, 16.0, 2.0), (64, 1, 32, 30.6999, 0.0847), (128, 3, 32, 30.7164, 0.1672)],
)
def test_machine_repairman_is_the_tabulated_value(tasks, think, servers, throughput, wait):
    steady = machine_repairman(tasks, servers, hold=1, think=think)
    assert steady.throughput == pytest.approx(throughput, abs=6e-5)
    assert steady.mean_wait == pytest.approx(wait, abs=6e-5)


def test_the_loop_of_a_repairman_has_as_many_tasks_as_it_has():
    steady = machine_repairman(20, 3, hold=2.0, think=5.0)
    assert steady.throughput * (steady.mean_wait + 2.0 + 5.0) == pytest.approx(20)


def test_nobody_waits_where_every_task_has_an_element_of_its_own():
    assert machine_repairman(7, 7, hold=1.0, think=3.0) == Repairman(pytest.approx(7 / 4), 0.0)


def test_machine_repairman_bears_a_thousand_tasks():
    assert machine_repairman(5_000, 16, hold=1, think=1).throughput == pytest.approx(16)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: erlang_b(-1, 1), r"servers(=-1) must be >= 0"),
        (lambda: erlang_b(1, -0.5), r"load(=-0.5) must be >= 0 and finite"),
        (lambda: erlang_b(1, math.nan), r"load(=nan) must be >= 0 and finite"),
        (lambda: erlang_c(4, 4.0), r"load(=4.0) must be < servers(=4): the queue grows for ever"),
        (lambda: mean_wait(4, 2, -1), r"hold(=-1) must be >= 0"),
        (lambda: truncated_geometric(1.5, 4), r"p(=1.5) must be between 0 and 1"),
        (lambda: truncated_geometric(0.5, -1), r"min_nr(=-1) must be >= 0"),
        (lambda: machine_repairman(0, 4, 1, 1), r"tasks(=0) must be > 0"),
        (lambda: machine_repairman(4, 4, 1, 0), r"think(=0) must be > 0"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_value(wrong, told):
    with pytest.raises(ValueError, match=r".") as refused:
        wrong()
    assert str(refused.value) == told
