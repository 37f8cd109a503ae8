"""One line: the fast reading says what json.loads says, whatever the line looks like."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ringfence.tokens.pile import Pile, Transcript
from tokens.reference import KEYS, line, record

NUMBERS = st.one_of(
    st.integers(0, 10**6), st.none(), st.integers(), st.booleans(), st.floats(), st.just(2.0), st.just(1 << 40),
    st.just("7"), st.just([1]),
)  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=8), st.sampled_from(['"usage":{"output_tokens":9}', "\\", "\ud800", "a\0b", "\u2028"])
)
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["usage", "message", "type", "id", "output_tokens", "a"]), inner, max_size=3),
    ),
    max_leaves=8,
)
USAGES = st.one_of(
    st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, NUMBERS) | {
        "cache_creation": st.one_of(st.none(), st.just({"ephemeral_1h_input_tokens": 2}), st.integers()),
        "iterations": st.one_of(st.none(), st.just([{"output_tokens": 99}, {"output_tokens": 1}])),
    }),
    ANYTHING,
)  # fmt: skip
MESSAGES = st.one_of(
    st.fixed_dictionaries(
        {"usage": USAGES},
        optional={
            "id": st.one_of(TEXTS, st.none(), st.integers()),
            "model": st.one_of(st.sampled_from(["opus", "<synthetic>", ""]), st.none(), st.integers()),
            "content": ANYTHING,
        },
    ),
    ANYTHING,
)
RECORDS = st.fixed_dictionaries(
    {
        "type": st.one_of(st.just("assistant"), st.sampled_from(["user", "progress", "", None, 1])),
        "message": MESSAGES,
        "timestamp": st.sampled_from([
            "2026-11-21T12:00:00.123Z", "2026-11-21T12:00:00Z", "2026-11-21T12:00:00+02:00", "2026-11-21T12:00:00",
            "2026-02-31T12:00:00Z", "", "x", None, 5, "0001-01-01T00:00:00Z",
            "2026-11-21V12:00:00Z", "2026-11-21T12:00Z", "2026-11-21 12:00:00.1234567z", "2026-11-21T12:00:00+02",
        ]),
    },
    optional={
        "requestId": st.one_of(TEXTS, st.none(), st.integers()),
        "isSidechain": st.one_of(st.booleans(), st.none(), st.just(1)),
        "sessionId": st.one_of(st.just("s1"), st.none(), st.integers()),
        "uuid": st.one_of(st.text(max_size=3), st.none()),
        "data": ANYTHING, "toolUseResult": ANYTHING,
    },
)  # fmt: skip


def told(data: bytes):
    """Return what the fast reading says of one line, as the reference says it."""
    pile = Pile()
    transcript = Transcript(path="/p/s1.jsonl", account="a", session=None, slug="p", agent=False)
    buffer = bytearray(data + b"\n")
    pile.read(buffer, memoryview(buffer), 0, len(buffer), transcript)
    return [(a.at_ms, a.model, (a.input, a.cache_creation, a.cache_read, a.output), a.aside) for a in pile.answers()]


def meant(data: bytes):
    found = record(data)
    return [] if found is None else [found[2:]]


@given(
    RECORDS,
    st.randoms(),
    st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", " : ")]),
    st.booleans(),
    st.integers(0, 3000),
)
def test_a_record_of_any_shape_and_order_says_what_json_says(fields, random, separators, ascii_only, padding):
    keys = list(fields)
    random.shuffle(keys)
    shuffled = {key: fields[key] for key in keys}
    if padding > 1500:
        shuffled["pad"] = "x" * padding
    data = json.dumps(shuffled, separators=separators, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    assert told(data) == meant(data)


@given(st.binary(max_size=60).filter(lambda b: b"\n" not in b), st.integers(0, 400), st.integers(0, 40))
@example(b"\0\0\0", 0, 0)
@example(b"\xef\xbb\xbf", 0, 0)
@example(b'{"type":"assistant"', 0, 0)
def test_a_damaged_line_says_what_json_says(garbage, at, gone):
    data = line()
    damaged = data[:at] + garbage + data[at + gone :]
    assert told(damaged) == meant(damaged)


@given(st.integers(0, 400))
def test_a_line_cut_anywhere_tells_nothing(at):
    data = line()
    assert told(data[: min(at, len(data) - 1)]) == []


def test_a_long_line_of_another_kind_and_a_long_answer_are_told_apart():
    usage = b'{"input_tokens":1,"output_tokens":5}'
    user = (
        b'{"parentUuid":null,"type":"user","message":{"content":"'
        + b"x" * 3000
        + b'"},"toolUseResult":{"usage":'
        + usage
        + b"}}"
    )
    assert told(user) == []
    early = b'{"type":"assistant","message":{"id":"m","usage":' + usage + b',"content":"' + b"x" * 3000
    early += b'"},"requestId":"r","timestamp":"2026-11-21T12:00:00Z"}'
    assert told(early) == meant(early)
    assert len(told(early)) == 1


@pytest.mark.parametrize(
    "before", [b'"data":{"a":1,"type":"user"},', b'"data":[{"a":1,"type":"user"}],', b'"a,\\"type\\":\\"user":1,', b""]
)
@pytest.mark.parametrize("type_", [b"assistant", b"user"])
def test_only_a_lines_own_type_makes_it_another_kind(before, type_):
    usage = b'{"input_tokens":1,"output_tokens":5}'
    data = b'{"uuid":"u",' + before + b'"type":"' + type_ + b'","message":{"id":"m","usage":' + usage + b',"content":"'
    data += b"x" * 3000 + b'"},"requestId":"r","timestamp":"2026-11-21T12:00:00Z"}'
    assert told(data) == meant(data)
    assert len(told(data)) == (type_ == b"assistant")
