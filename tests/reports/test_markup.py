import pytest

from sim.reports.markup import Markup, element, listed, together

NASTY = "<script>alert(1)</script> & \"quotes\" 'single'"


def test_text_is_escaped():
    assert element("p", NASTY).count("<") == 2


def test_attributes_are_escaped():
    assert element("img", alt=NASTY) == (
        '<img alt="&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quotes&quot; &#x27;single&#x27;">'
    )


def test_elements_in_elements_are_not_escaped_again():
    assert element("p", element("b", "a < b"), " & c") == "<p><b>a &lt; b</b> &amp; c</p>"


def test_names_of_attributes_are_those_of_html():
    assert element("div", class_="a", aria_label="b", open=None) == '<div class="a" aria-label="b"></div>'


@pytest.mark.parametrize("mixed", [Markup("<b>") + "<i>", "".join([Markup("<b>"), "<i>"]), f"{Markup('<b>')}"])
def test_markup_that_was_mixed_with_text_is_text(mixed):
    assert "<b>" not in together([mixed])


def test_a_list_of_nothing_is_nothing():
    assert listed([]) == ""
    assert listed(["a", "<"]) == "<ul><li>a</li><li>&lt;</li></ul>"
