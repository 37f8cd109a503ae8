"""The book of tokens over real transcripts and a real ledger: what it counts for the core."""

import json
from datetime import UTC

import pytest

from core.story import settings
from ringfence.core.account_settings import Account
from ringfence.core.meters import Meter
from ringfence.core.periods import Period
from ringfence.core.settings import Settings
from ringfence.core.sums import Tokens
from ringfence.storage.token_ledger import TokenLedger
from ringfence.token_book import Book
from ringfence.tokens.reader import TokenReader
from ringfence.transcripts import Transcripts
from tokens.reference import START, line

DAY = 86400.0
OPUS, SONNET = "claude-opus-4-5-20251101", "claude-sonnet-4-5-20250929"


class Scene:
    """Two accounts' folders, and a book over them."""

    def __init__(self, home):
        self.home, self.priced, self.tidied, self.classes = home, [], [], {}
        self.folders_of = lambda account: (str(home / account.name),)
        self.ledger = TokenLedger(home / "ledger.sqlite3", zone=UTC)
        self.book = Book(
            self.ledger,
            Transcripts(
                TokenReader(self.ledger, UTC, self.classes.get),
                config_folders=self.folders,
                tidy=self.tidied.append,
            ),
            bounds=self.bounds,
            price=self.price,
        )
        self.settings = settings(accounts=("job", "home"))

    def folders(self, account: Account):
        return self.folders_of(account)

    def bounds(self, period, at):
        days = 1 if period is Period.DAY else 7
        return at // DAY * DAY, at // DAY * DAY + days * DAY

    def price(self, by_model):
        self.priced.append(by_model)
        return 1.5

    def write(self, *lines, account="job", session="s1"):
        path = self.home / account / "projects" / "-src-api" / f"{session}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.writelines(each + b"\n" for each in lines)
        return str(path)

    def look(self, *paths, now=START + 60):
        return self.book.catch_up(self.settings, frozenset(paths) or None, now=now, scanned=lambda _progress: True)

    def count(self, period, now=START + 60, **scope):
        [reading] = self.book.measure([Meter(id="m", period=period, **scope)], now=now)
        return reading


@pytest.fixture
def scene(tmp_path):
    made = Scene(tmp_path)
    yield made
    made.ledger.close()


def test_transcripts_are_looked_for_in_every_account(scene, tmp_path):
    assert scene.book.folders(scene.settings) == (f"{tmp_path}/job/projects", f"{tmp_path}/home/projects")


def test_a_folder_of_two_accounts_is_watched_once(scene):
    scene.folders_of = lambda _account: ("/same",)
    assert scene.book.folders(scene.settings) == ("/same/projects",)


def test_what_was_written_runs_and_is_counted(scene):
    scene.write(line("m1", at=START, model=OPUS, usage=(1, 2, 3, 4)))
    [run] = scene.look().runs
    assert (run.account, run.session, run.model, run.tokens.total) == ("job", "s1", OPUS, 10)
    assert scene.count(Period.ALL).tokens == Tokens(input=1, cache_creation=2, cache_read=3, output=4, responses=1)


def test_one_changed_file_is_enough_to_count_what_is_new(scene):
    scene.look()
    path = scene.write(line("m1", at=START))
    scene.write(line("m2", at=START), session="s2")
    scene.look(path)
    assert scene.count(Period.ALL).tokens.responses == 1


def test_a_meter_counts_its_own_account_model_class_and_project(scene):
    scene.write(line("m1", at=START, model=OPUS, entrypoint="cli"), line("m2", at=START, model=SONNET))
    scene.write(line("m3", at=START, model=OPUS, session="s3"), account="home", session="s3")
    scene.look()

    def responses(**scope):
        return scene.count(Period.ALL, **scope).tokens.responses

    assert responses() == 3
    assert responses(account="job") == 2
    assert responses(model="Opus") == 2
    assert responses(class_="interactive") == 2
    assert responses(project="/home/user/src") == 3
    assert responses(project="/home/user/sr") == 0


def test_a_run_of_any_class_that_nobody_typed_counts_as_autonomous_too(scene):
    for session, entrypoint in {"typed": "cli", "batch": "sdk-cli", "other": "sdk-py", "old": None}.items():
        scene.write(line(f"m-{session}", at=START, entrypoint=entrypoint), session=session)
    scene.classes["batch"] = "batch"
    scene.look()

    def responses(class_):
        return scene.count(Period.ALL, class_=class_).tokens.responses

    assert {each: responses(each) for each in ("batch", "autonomous", "interactive", "nightly")} == {
        "batch": 1,
        "autonomous": 2,
        "interactive": 1,
        "nightly": 0,
    }


def test_what_helped_to_read_is_tidied_away_after_a_look_at_everything(scene):
    path = scene.write(line("m1", at=START))
    scene.look(path, now=START)
    assert scene.tidied == []
    scene.look(now=START + 60)
    assert scene.tidied == [START + 60]


def test_a_look_that_was_stopped_tidies_nothing_away(scene):
    scene.write(line("m1", at=START))
    scene.book.catch_up(scene.settings, None, now=START, scanned=lambda _progress: False)
    assert scene.tidied == []


def test_a_day_and_a_week_have_the_bounds_of_the_calendar(scene):
    scene.write(line("m1", at=START - DAY), line("m2", at=START), line("m3", at=START + 2 * DAY))
    scene.look()
    day, week = scene.count(Period.DAY), scene.count(Period.WEEK)
    assert (day.tokens.responses, day.until - day.since) == (1, DAY)
    assert (week.tokens.responses, week.until - week.since) == (2, 7 * DAY)


def test_a_session_counts_between_its_start_and_its_end_and_since_from_a_moment_on(scene):
    scene.write(*(line(f"m{n}", at=START + n * 3600) for n in range(4)))
    scene.look()
    session = scene.count(Period.SESSION, since=START + 3600, until=START + 3 * 3600)
    assert (session.tokens.responses, session.until) == (2, START + 3 * 3600)
    since = scene.count(Period.SINCE, since=START + 3600)
    assert (since.tokens.responses, since.until) == (3, None)


def test_only_a_meter_in_money_asks_for_prices(scene):
    scene.write(line("m1", at=START, model=OPUS))
    scene.look()
    assert scene.count(Period.ALL).cost_usd is None
    assert scene.priced == []
    assert scene.count(Period.ALL, priced=True).cost_usd == 1.5
    [[(model, tokens)]] = scene.priced
    assert (model, tokens.total) == (OPUS, 10)


def refusal(at, text):
    """The line that Claude Code writes when the API refuses, as recorded from 2.1.197."""
    made = json.loads(
        line("m2", None, at=at, model="<synthetic>", isApiErrorMessage=True, error="rate_limit", apiErrorStatus=429)
    )
    made["message"]["content"][0]["text"] = text
    return json.dumps(made).encode()


def test_a_refusal_stands_until_its_reset(scene):
    scene.write(line("m1", at=START - 60), refusal(START, "You've hit your session limit \u00b7 resets 3pm (UTC)"))
    [stands] = scene.look(now=START + 60).refusals
    assert (stands.account, stands.claim, stands.resets_at) == ("job", "session", START + 3 * 3600)
    assert scene.look(now=START + 3 * 3600).refusals == ()


def test_an_account_without_a_folder_has_no_transcripts(scene):
    scene.folders_of = lambda _account: ()
    assert scene.book.folders(Settings()) == ()
    assert scene.look().runs == ()
