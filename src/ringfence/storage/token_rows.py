"""How answers go into the ledger: each once, and into the sums of its day, all in the caller's transaction.

The sums are changed by what an answer adds, and what it took the place of is taken off again; so they are those of the
counted answers at the end of every transaction. A test compares them.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice
from operator import add, itemgetter
from struct import Struct
from typing import NamedTuple
from zlib import crc32

from ringfence.core.tokens import Answer, FileMark, Origin, SeenRefusal, counted, merged
from ringfence.storage.database import plain_text
from ringfence.storage.local_days import QUARTER_MS

MAIN, ASIDE, REPLAY, REPLAYED = 0, 1, 2, 3
AT_ONCE = 500
"""How many go in one step, and are asked for in one question: a SQLite from before 2020 takes 999 at the most."""
SUMS = "input, cache_creation, cache_creation_1h, cache_read, output"

_STATES = {(True, False): MAIN, (True, True): ASIDE, (False, True): REPLAY, (False, False): REPLAYED}

_MESSAGE, _WHOSE = itemgetter(0), itemgetter(3)

Row = tuple[int, ...]
"""message, request, at_ms, origin, model, the five sums, state."""
OfDay = Callable[[int], int]
"""Epoch milliseconds to the number of the local day."""


class Names:
    """The numbers of models, places and origins, made when they are first met. For one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._models: dict[str, int] = {}
        self._model_names: dict[int, str] = {}
        self._places: dict[tuple[str, str], int] = {}
        self._origins: dict[Origin, tuple[int, int]] = {}
        self._back: dict[int, tuple[Origin, int]] = {}

    def model(self, name: str) -> int:
        """Return a model's number."""
        number = self._models.get(name)
        if number is None:
            number = self._models[name] = self._number(_MODEL, (plain_text(name),))
        return number

    def origin(self, origin: Origin) -> tuple[int, int]:
        """Return an origin's number and its place's."""
        known = self._origins.get(origin)
        if known is None:
            account, project = plain_text(origin.account), plain_text(origin.project)
            session, class_ = plain_text(origin.session), origin.class_ or ""
            place = self._places.get((account, project))
            if place is None:
                place = self._places[account, project] = self._number(_PLACE, (account, project))
            number = self._number(_ORIGIN, (session, place, class_))
            known = self._origins[origin] = number, place
            self._back[number] = Origin(account=account, session=session, project=project, class_=class_ or None), place
        return known

    def model_of(self, number: int) -> str:
        """Return a model's name."""
        name = self._model_names.get(number)
        if name is None:
            [(name,)] = self._connection.execute("SELECT name FROM token_models WHERE id = ?", (number,))
            self._model_names[number] = name
        return name

    def place_of(self, number: int) -> int:
        """Return the place of an origin's number."""
        return self.origin_of(number)[1]

    def origin_of(self, number: int) -> tuple[Origin, int]:
        """Return an origin and its place's number."""
        known = self._back.get(number)
        if known is None:
            [(account, session, project, class_, place)] = self._connection.execute(
                "SELECT account, session, project, class, place FROM token_origins o"
                " JOIN token_places p ON p.id = o.place WHERE o.id = ?",
                (number,),
            )
            origin = Origin(account=account, session=session, project=project, class_=class_ or None)
            known = self._back[number] = origin, place
        return known

    def _number(self, name: _Name, values: tuple[str | int, ...]) -> int:
        cursor = self._connection.execute(name.insert, values)
        if cursor.rowcount == 1:  # a first scan meets thousands of new ones, and asks for none of them before
            return int(cursor.lastrowid or 0)
        [(number,)] = self._connection.execute(name.select, values)
        return int(number)


class _Name(NamedTuple):
    """How a name gets its number, and how that is asked for."""

    insert: str
    select: str


def _numbered(table: str, *columns: str) -> _Name:
    marks, where = ", ".join("?" * len(columns)), " AND ".join(f"{column} = ?" for column in columns)
    return _Name(
        f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({marks})",  # noqa: S608
        f"SELECT id FROM {table} WHERE {where}",  # noqa: S608
    )


_MODEL = _numbered("token_models", "name")
_PLACE = _numbered("token_places", "account", "project")
_ORIGIN = _numbered("token_origins", "session", "place", "class")


class Met:
    """What the table may have, as long as nobody else writes to it: what is not in here need not be looked for.

    A message shares its place with others, so it may seem to be met that is not: then it is looked for in vain. With a
    million messages that is one in five.
    """

    def __init__(self) -> None:
        self._places = bytearray(_PLACES)

    def among(self, messages: Collection[int]) -> list[int]:
        """Return those that may be there, and remember all of them."""
        places, met = self._places, []
        for message in messages:
            place = message & _PLACES - 1
            if places[place]:
                met.append(message)
            else:
                places[place] = 1
        return met


_PLACES = 1 << 22


def put_answers(
    connection: sqlite3.Connection, answers: Iterable[Answer], of_day: OfDay, names: Names, met: Met | None = None
) -> tuple[int, set[Origin]]:
    """Add answers, each (message, request) once; return how many are new or larger, and whose they are."""
    sums = _Sums(of_day)
    count, origins = 0, set[int]()
    for part in _parts(_rows(answers, names, sums), in_order=_is_large(connection)):
        added = _added(connection, part, sums, names, met)
        connection.executemany("INSERT OR REPLACE INTO token_answers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", added)
        count += len(added)
        origins.update(map(_WHOSE, added))
    write_sums(connection, sums.by_key, names.place_of)
    return count, {names.origin_of(number)[0] for number in origins}


def _parts(rows: Iterator[Row], *, in_order: bool) -> Iterator[list[Row]]:
    """Return rows in parts so small that a processor keeps them at hand."""
    if in_order:
        rows = iter(sorted(rows, key=_MESSAGE))
    while part := list(islice(rows, AT_ONCE)):
        yield part


def _added(connection: sqlite3.Connection, part: list[Row], sums: _Sums, names: Names, met: Met | None) -> list[Row]:
    """Return what is new or other than what the table has, and correct the sums, which have the whole part."""
    groups: dict[int, list[Row]] = {}
    messages = {row[0] for row in part}
    known = _known(connection, messages if met is None else met.among(messages))
    if len(messages) < len(part):
        times = Counter(row[0] for row in part)
        groups = {message: [] for message, n in times.items() if n > 1}
    if not known and not groups:
        return part
    groups |= {message: [] for message in known}
    added = []
    for row in part:
        if row[0] in groups:
            groups[row[0]].append(row)
        else:
            added.append(row)
    for message, group in groups.items():
        new, old = _regrouped(group, known.get(message, []), names)
        sums.correct([*group, *old], -1)
        sums.correct(new, 1)
        added += new
    return added


def _rows(answers: Iterable[Answer], names: Names, sums: _Sums) -> Iterator[Row]:
    """Return answers as rows that count, each by the digests of its ids, and add them to the sums.

    Those of one transcript stand together, mostly of one model and one day: they are added up in variables, in a third
    of the time that a list takes.
    """
    from hashlib import blake2b  # noqa: PLC0415 - it loads OpenSSL, 3 ms that a report does not need

    whose, name, number, model_number, last_quarter = None, "", 0, 0, -1
    inputs = writtens = hours = reads = outputs = count = first = last = 0
    hasher, as_number = blake2b(digest_size=8).copy, Struct(">q").unpack
    for message, request, at_ms, model, tokens, written, hour, read, output, aside, origin in answers:
        quarter = at_ms // QUARTER_MS
        if origin is not whose or quarter != last_quarter or model != name:
            sums.add(number, model_number, (inputs, writtens, hours, reads, outputs, count), first, last)
            if origin is not whose:  # to hash an origin a million times costs more than to read it
                whose, number = origin, names.origin(origin)[0]
            name, model_number, last_quarter = model, names.model(model), quarter
            inputs = writtens = hours = reads = outputs = count = 0
            first = last = at_ms
        inputs += tokens
        writtens += written
        hours += hour
        reads += read
        outputs += output
        count += 1
        if at_ms < first:
            first = at_ms
        elif at_ms > last:
            last = at_ms
        try:
            one, two = message.encode(), request.encode()
        except UnicodeEncodeError:
            one, two = message.encode("utf-8", "surrogatepass"), request.encode("utf-8", "surrogatepass")
        digest = hasher()
        digest.update(one)
        yield (
            as_number(digest.digest())[0], crc32(two), at_ms, number, model_number, tokens, written, hour, read, output,
            1 if aside else 0,
        )  # fmt: skip
    sums.add(number, model_number, (inputs, writtens, hours, reads, outputs, count), first, last)


def _is_large(connection: sqlite3.Connection) -> bool:
    """Tell whether the file does not fit into the pages that are kept in memory: then neighbours go together."""
    [(pages,)] = connection.execute("PRAGMA page_count")
    [(size,)] = connection.execute("PRAGMA page_size")
    [(kept,)] = connection.execute("PRAGMA cache_size")
    return bool(pages * size > (-1024 * kept if kept < 0 else kept * size))


def _known(connection: sqlite3.Connection, messages: Collection[int]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    if not messages:
        return found
    question = f"SELECT * FROM token_answers WHERE message IN ({', '.join('?' * len(messages))})"  # noqa: S608
    for row in connection.execute(question, tuple(messages)):
        found.setdefault(row[0], []).append(row)
    return found


def _regrouped(group: list[Row], rows: list[Row], names: Names) -> tuple[list[Row], list[Row]]:
    """Return the rows of one message that change, and what those were before that are there already."""
    message = group[0][0]
    stand = {row[1]: _answer(row, names) for row in rows}
    for row in group:
        answer, same = _answer(row, names), stand.get(row[1])
        stand[row[1]] = answer if same is None else merged(same, answer)
    together = list(stand.values())
    new: list[Row] = [
        (
            message, request, a.at_ms, names.origin(a.origin)[0], names.model(a.model), a.input, a.cache_creation,
            a.cache_creation_1h, a.cache_read, a.output, _STATES[counts, a.aside],
        )
        for (request, a), counts in zip(stand.items(), counted(together), strict=True)
    ]  # fmt: skip
    before = {row[1]: row for row in rows}
    changed = [row for row in new if before.get(row[1]) != row]
    return changed, [before[row[1]] for row in changed if row[1] in before]


def _answer(row: Row, names: Names) -> Answer:
    """Return a row's answer; of its request there is only the digest to compare."""
    _, request, at_ms, origin, model, tokens, written, hour, read, output, state = row
    whose, _ = names.origin_of(origin)
    aside = state in {ASIDE, REPLAY}
    return Answer("", f"{request:010}", at_ms, names.model_of(model), tokens, written, hour, read, output, aside, whose)


class _Sums:
    """Five sums, responses, first and last of every (origin, day, model)."""

    def __init__(self, of_day: OfDay) -> None:
        self.by_key: dict[tuple[int, int, int], list[int]] = {}
        self._of_day = of_day

    def correct(self, rows: Iterable[Row], sign: int) -> None:
        """Add rows, or take them off; those that do not count are neither."""
        for _, _, at_ms, origin, model, tokens, written, hour, read, output, state in rows:
            if state < REPLAY:
                sums = sign * tokens, sign * written, sign * hour, sign * read, sign * output, sign
                self.add(origin, model, sums, at_ms, at_ms)

    def add(self, origin: int, model: int, more: tuple[int, ...], first: int, last: int) -> None:
        """Add five sums and responses, all of one quarter of an hour; without responses nothing."""
        if not more[5]:
            return
        key = origin, self._of_day(first), model
        sums = self.by_key.get(key)
        if sums is None:
            self.by_key[key] = [*more, first, last]
            return
        sums[:6] = map(add, sums, more)
        sums[6:] = [min(sums[6], first), max(sums[7], last)]


def write_sums(
    connection: sqlite3.Connection, sessions: dict[tuple[int, int, int], list[int]], place_of: Callable[[int], int]
) -> None:
    """Add what changed to the sums. `sessions`: (origin, day, model) to five sums, responses, first and last."""
    days: dict[tuple[int, int, int], list[int]] = {}
    for (origin, day, model), sums in sessions.items():
        total = days.setdefault((day, place_of(origin), model), [0] * 6)
        for n in range(6):
            total[n] += sums[n]
    plus = ", ".join(f"{c} = {c} + excluded.{c}" for c in (*SUMS.split(", "), "responses"))
    connection.executemany(
        f"INSERT INTO token_days VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET {plus}",  # noqa: S608
        [(*key, *total) for key, total in days.items()],
    )
    connection.executemany(
        "INSERT INTO token_sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"  # noqa: S608
        f" {plus}, first_ms = min(first_ms, excluded.first_ms), last_ms = max(last_ms, excluded.last_ms)",
        [(*key, *sums) for key, sums in sessions.items()],
    )


def put_files(connection: sqlite3.Connection, files: Iterable[FileMark], names: Names) -> None:
    """Note how far files were read."""
    connection.executemany(
        "INSERT OR REPLACE INTO token_files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                f.path.encode("utf-8", "surrogateescape"), _signed(f.device), _signed(f.inode), f.size, f.mtime_ns,
                f.offset, f.head, f.tail, None if f.origin is None else names.origin(f.origin)[0], f.agent, f.last_at,
            )
            for f in files
        ],
    )  # fmt: skip


def _signed(number: int) -> int:
    """Return a file system's 64-bit number as SQLite's, which has a sign."""
    number &= (1 << 64) - 1
    return number - (1 << 64) if number >> 63 else number


def put_refusals(connection: sqlite3.Connection, refused: Iterable[SeenRefusal]) -> None:
    """Note refusals; a session's last one stands."""
    connection.executemany(
        "INSERT OR REPLACE INTO token_refusals VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                plain_text(r.account), plain_text(r.session), r.at, r.claim, r.model and plain_text(r.model),
                r.resets_at, plain_text(r.text),
            )
            for r in refused
        ],
    )  # fmt: skip
