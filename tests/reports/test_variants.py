from sim.reports.variants import changed, differing

A = {"name": "a", "kernel": "6.12", "pools": {"bio": {"min_nr": 2}}, "steps": [1, 2], "memory": None}


def test_scenarios_differ_path_by_path():
    b = {**A, "pools": {"bio": {"min_nr": 16, "backing": "pages"}}}
    assert differing({"a": A, "b": b}) == {"pools.bio.min_nr": ["2", "16"], "pools.bio.backing": ["-", "pages"]}


def test_a_list_is_one_value():
    assert differing({"a": A, "b": {**A, "steps": [1]}}) == {"steps": ["[1, 2]", "[1]"]}


def test_what_a_run_ignores_does_not_count():
    assert differing({"a": A, "b": {**A, "name": "b", "description": "other", "study": {"question": "?"}}}) == {}


def test_what_is_not_there_and_null_are_the_same():
    assert differing({"a": A, "b": {key: value for key, value in A.items() if key != "memory"}}) == {}


def test_changes_lead_from_one_to_the_other():
    assert changed(A, {**A, "kernel": "6.1", "steps": None}) == {"kernel": "6.1", "steps": None}


def test_a_part_that_is_new_is_set_value_by_value():
    before = {"pressure": {"constant": {"first_attempt": 1.0}}, "load": {}}
    after = {"pressure": {"periodic": {"good": "1 s", "bad": "1 s"}}, "load": {"copy": "dirtier"}}
    assert changed(before, after) == {
        "pressure.constant": None,
        "pressure.periodic.good": "1 s",
        "pressure.periodic.bad": "1 s",
        "load.copy": "dirtier",
    }
