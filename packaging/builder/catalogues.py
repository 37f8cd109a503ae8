"""The catalogues of the languages: `update` brings the sources' texts into them, `compile` makes what is loaded.

gettext's (`ringfence.po`) are for every room but the tray, Qt Linguist's (`tray.ts`) for the tray. What is compiled
(`.mo`, `.qm`) is kept beside its source, so that installing needs neither Babel nor Qt's tools; tests/language hold
both against the sources.
"""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

TOP = Path(__file__).resolve().parents[2]
SOURCES = TOP / "src" / "ringfence"
LOCALE = SOURCES / "locale"
TRAY = SOURCES / "tray"
KEYWORDS = {"_": None, "N_": None, "Sentence": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
WIDTH = 110


def languages() -> list[str]:
    """Return the languages there are, but for English, which needs no catalogue of gettext's."""
    return sorted(folder.name for folder in LOCALE.iterdir() if folder.is_dir())


def po_file(language: str) -> Path:
    """Return where a language's texts stand."""
    return LOCALE / language / "LC_MESSAGES" / "ringfence.po"


def ts_file(language: str) -> Path:
    """Return where a language's words of the tray stand."""
    return LOCALE / language / "tray.ts"


def extracted() -> Catalog:
    """Return every text of the sources that is said by gettext."""
    found = Catalog(project="Ringfence", charset="utf-8")
    for name, _line, message, comments, context in extract_from_dir(
        SOURCES, [("tray/**.py", "ignore"), ("**.py", "python")], keywords=KEYWORDS, comment_tags=("For translators:",),
        strip_comment_tags=True,
    ):  # fmt: skip
        found.add(message, None, [(f"src/ringfence/{name}", 1)], auto_comments=comments, context=context)
    return found


def updated(language: str) -> Catalog:
    """Return a language's catalogue with the texts of the sources, its translations kept, none guessed."""
    with po_file(language).open("rb") as file:
        catalogue = read_po(file, locale=language, domain="ringfence")
    catalogue.update(extracted(), no_fuzzy_matching=True, update_header_comment=False)
    catalogue.obsolete.clear()
    return catalogue


def po_text(catalogue: Catalog) -> bytes:
    """Return a catalogue as its file has it: in the order of the texts, without dates and lines, which only differ."""
    made = io.BytesIO()
    write_po(made, catalogue, width=WIDTH, no_location=False, include_lineno=False, sort_output=True, omit_header=True)
    return _head(catalogue) + made.getvalue()


def mo_bytes(catalogue: Catalog) -> bytes:
    """Return a catalogue as gettext reads it, the same bytes for the same texts whenever it is made."""
    catalogue.creation_date = catalogue.revision_date = datetime.fromtimestamp(0, UTC)
    made = io.BytesIO()
    write_mo(made, catalogue)
    return made.getvalue()


def read(language: str) -> Catalog:
    """Return a language's catalogue as it stands."""
    with po_file(language).open("rb") as file:
        return read_po(file, locale=language, domain="ringfence")


def tray_sources() -> list[Path]:
    """Return the files whose words are Qt's to translate."""
    return sorted(TRAY.glob("*.py"))


def lupdate(language: str, ts: Path) -> None:
    """Bring the tray's words into a `.ts`."""
    _run(
        "pyside6-lupdate", *map(str, tray_sources()), "-ts", str(ts), "-no-obsolete", "-locations", "none",
        "-source-language", "en", "-target-language", language, "-silent",
    )  # fmt: skip


def lrelease(ts: Path, qm: Path) -> None:
    """Compile a `.ts`."""
    _run("pyside6-lrelease", str(ts), "-qm", str(qm), "-silent")


def _head(catalogue: Catalog) -> bytes:
    """Return a file's head: what Babel needs to read it again, and nothing that changes by itself."""
    language = str(catalogue.locale)
    lines = [f"Language: {language}", f"Plural-Forms: {catalogue.plural_forms}", "MIME-Version: 1.0"]
    lines += ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
    return "".join(['msgid ""\nmsgstr ""\n', *(f'"{line}\\n"\n' for line in lines), "\n"]).encode()


def _run(program: str, *arguments: str) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name(program), *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode or done.stderr.strip():
        raise SystemExit(f"{program} failed: {done.stderr or done.stdout}")


def update(chosen: list[str]) -> None:
    """Bring the sources' texts into these catalogues, and compile them."""
    for language in chosen:
        po_file(language).write_bytes(po_text(updated(language)))
        lupdate(language, ts_file(language))
    compile_(chosen)


def compile_(chosen: list[str]) -> None:
    """Make what the program reads."""
    for language in chosen:
        po_file(language).with_suffix(".mo").write_bytes(mo_bytes(read(language)))
        lrelease(ts_file(language), ts_file(language).with_suffix(".qm"))


def missing(chosen: list[str]) -> Iterator[str]:
    """Name every text that has no translation, a line each."""
    for language in chosen:
        for message in read(language):
            said = message.string if isinstance(message.string, tuple | list) else (message.string,)
            if message.id and not all(said):
                yield f"{language}: {message.id!r}"
        for found in ElementTree.parse(ts_file(language)).iter("message"):
            if (found.findtext("translation") or "") == "":
                yield f"{language}: {found.findtext('source')!r} (tray.ts)"


def main(arguments: list[str]) -> int:
    """Run `update`, `compile` or `missing`, for the languages named or for all."""
    known = languages()
    match arguments:
        case ["update", *chosen] if set(chosen) <= set(known):
            update(chosen or known)
        case ["compile", *chosen] if set(chosen) <= set(known):
            compile_(chosen or known)
        case ["missing", *chosen] if set(chosen) <= set(known):
            lines = list(missing(chosen or known))
            print("\n".join(lines))
            return 1 if lines else 0
        case _:
            print(f"usage: catalogues update|compile|missing [{' '.join(known)}]", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
