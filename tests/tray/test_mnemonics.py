"""The letters that rows are reached by."""

from hypothesis import given
from hypothesis import strategies as st

from ringfence.tray.mnemonics import marked


def letters(names):
    bare = [name.replace("&&", "") for name in names]
    return [name[name.index("&") + 1].casefold() for name in bare if "&" in name]


def test_the_first_letter_of_a_word_is_taken_where_it_is_free():
    assert marked(["Week", "A window resets", "Ask every"], "") == ["&Week", "&A window resets", "Ask &every"]


def test_a_letter_that_is_taken_is_no_rows():
    assert marked(["Save all", "Cancel"], "sc") == ["Save &all", "Ca&ncel"]


def test_a_row_without_a_free_letter_has_another_take_one_of_its_own():
    assert marked(["ab", "a"], "") == ["a&b", "&a"]
    assert marked(["abc", "ab", "a"], "") == ["ab&c", "a&b", "&a"]


def test_where_no_letter_is_left_there_is_no_mark():
    assert marked(["a", "a"], "") == ["&a", "a"]
    assert marked(["週", "R&D"], "rd") == ["週", "R&&D"]


@given(st.lists(st.text("abcd &週", min_size=1, max_size=6), max_size=7), st.sets(st.sampled_from("abcd")))
def test_no_letter_is_given_twice_and_no_name_changes(names, taken):
    said = marked(names, taken)
    given_ = letters(said)
    assert len(given_) == len(set(given_) - taken)
    assert [name.replace("&&", "\0").replace("&", "").replace("\0", "&") for name in said] == names
