"""Which template a sentence was made of."""

import pytest

from ringfence.templates import made_of

TEMPLATES = (
    "{path} is damaged.",
    "{path} is damaged: {reason}.",
    "Cannot read {path}: {reason}.",
    "{used} % used",
    "{name}: {sentence}",
)


@pytest.mark.parametrize(
    ("text", "template", "fields"),
    [
        ("/tmp/x is damaged.", "{path} is damaged.", {"path": "/tmp/x"}),
        (
            "Cannot read /a b: c: it is gone.",
            "Cannot read {path}: {reason}.",
            {"path": "/a b", "reason": "c: it is gone"},
        ),
        ("92.5 % used", "{used} % used", {"used": "92.5"}),
        ("a: b", "{name}: {sentence}", {"name": "a", "sentence": "b"}),
        ("several\nlines is damaged.", "{path} is damaged.", {"path": "several\nlines"}),
    ],
)
def test_the_template_that_says_most_comes_first(text, template, fields):
    assert next(made_of(text, TEMPLATES, {"used": r"[\d.]+"})) == (template, fields)


@pytest.mark.parametrize("text", ["", " is damaged.", "x % used", "nothing of the kind", "Cannot read : ."])
def test_what_fits_none_is_made_of_none(text):
    assert list(made_of(text, TEMPLATES[:4], {"used": r"[\d.]+"})) == []


def test_others_that_fit_follow():
    found = [template for template, _fields in made_of("x is damaged: y.", TEMPLATES)]
    assert found == ["{path} is damaged: {reason}.", "{name}: {sentence}"]
