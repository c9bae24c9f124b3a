from sim.reports.stored import picture_in, text_in

PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)


def test_pictures_and_tables_of_the_directory_are_read(tmp_path):
    (tmp_path / "a.png").write_bytes(PNG)
    (tmp_path / "a.csv").write_text("x\n1\n")
    assert picture_in(tmp_path, "a.png") == PNG
    assert text_in(tmp_path, "a.csv") == "x\n1\n"


def test_what_is_no_picture_is_not_shown_as_one(tmp_path):
    (tmp_path / "a.png").write_text("<svg onload='alert(1)'>")
    assert picture_in(tmp_path, "a.png") is None
    assert picture_in(tmp_path, "gone.png") is None


def test_neither_a_name_nor_a_link_leads_out_of_the_directory(tmp_path):
    home = tmp_path / "run"
    home.mkdir()
    (tmp_path / "secret").write_text("secret")
    (home / "link").symlink_to(tmp_path / "secret")
    for name in ("../secret", str(tmp_path / "secret"), "link", "", "."):
        assert text_in(home, name) is None


def test_a_link_to_the_directory_itself_is_followed(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "a.csv").write_text("x\n")
    (tmp_path / "latest").symlink_to("run")
    assert text_in(tmp_path / "latest", "a.csv") == "x\n"
