"""docs/pictures/architecture.svg is drawn from the template, and shows all of it."""

import pytest

from infra.diagram.drawing import draw, shown
from infra.diagram.parts import FILE, Parts, components, parts


@pytest.fixture(scope="module")
def found() -> Parts:
    return parts()


def test_the_picture_is_what_the_template_draws(found: Parts) -> None:
    assert FILE.read_text("utf-8") == draw(found), "run .venv/bin/python -m infra.diagram"


def test_what_has_nothing_in_common_is_drawn_apart(found: Parts) -> None:
    apart = components(found)
    assert len(apart) == 3
    assert [one for one in apart if len({"Articles", "Keys", "Media"} & one) > 1] == []


def test_a_function_is_shown_with_what_invokes_it_and_its_stores() -> None:
    drawn = draw(
        Parts(
            functions={"PutFunction": "signed", "SendFunction": "a stream"},
            called={"PutFunction"},
            stores={"Rows": "table"},
            reads={("Rows", "SendFunction")},
            writes={("PutFunction", "Rows")},
            invocations={("Rows", "SendFunction")},
        )
    )
    for text in (shown("PutFunction"), shown("SendFunction"), "Rows", "signed", "a stream", "table"):
        assert f">{text}</text>" in drawn
    assert drawn.count('<path class="way') == 3 + 3  # and the legend
