import pytest

from sim.plots import save_all

PNG = b"\x89PNG\r\n\x1a\n"


def test_a_run_of_one_pool_makes_four_pictures(make, tmp_path):
    written = save_all(make([("bio", "writer")]), tmp_path / "plots")
    assert [path.name for path in written] == ["ccdf.png", "paths.png", "reserve.png", "split.png"]
    assert all(path.read_bytes().startswith(PNG) for path in written)


def test_each_of_several_pools_has_a_picture_of_its_reserve(make, tmp_path):
    save_all(make(), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "ccdf.png",
        "paths.png",
        "reserve-bio.png",
        "reserve-crypt.png",
        "split.png",
    ]


def test_of_many_pools_the_four_busiest_have_one(make, tmp_path):
    save_all(make([(f"p{number}", "t") for number in range(6)]), tmp_path)
    assert len(list(tmp_path.glob("reserve-*.png"))) == 4


def test_a_picture_tells_which_run_it_shows(make, tmp_path):
    result = make([("bio", "writer")])
    written = save_all(result, tmp_path)
    assert all(result.digest[:12].encode() in path.read_bytes() for path in written)


@pytest.mark.parametrize(
    "options",
    [
        {"calls": 0},
        {"calls": 1},
        {"warmup_ns": 20_000_000_000},
        {"streaming": True},
        {
            "classes": [
                ("a-pool-with-a-long-name-" * 2, f"a_task_class_with_a_name_without_end_{n:027d}") for n in range(7)
            ]
        },
    ],
    ids=["empty", "single", "all warm-up", "streamed", "long names"],
)
def test_an_odd_run_is_drawn_without_a_warning(make, tmp_path, options):
    assert len(save_all(make(**options), tmp_path)) >= 4
