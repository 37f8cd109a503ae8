"""The welcome: what was found, what is read and sent, and what may be chosen. Nothing is chosen by itself.

It comes by itself once, and again whenever it is asked for; then it shows what was chosen before.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QProcess, Qt, Signal
from PySide6.QtGui import QCloseEvent, QFont, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QCheckBox, QHBoxLayout, QLayout, QPushButton, QVBoxLayout, QWidget

from ringfence import texts, welcome_texts, wiring
from ringfence.core.ring import View
from ringfence.core.settings import Settings, schema
from ringfence.file_errors import FileError
from ringfence.language import told
from ringfence.save_effects import effects_of
from ringfence.system.program import tray_command
from ringfence.tray import theme
from ringfence.tray.labels import follow_font, follow_palette, label, say
from ringfence.tray.page_parts import Page, bring_to_front, heading, quiet
from ringfence.tray.screen_scale import keep_size
from ringfence.tray.setting_rows import Card, Notice, ThresholdRow

log = logging.getLogger(__name__)

WIDTH_PX, LEAST_PX = 520, 360
THRESHOLDS = ("thresholds.session_pct", "thresholds.week_pct")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """The hook of Claude Code, as the window needs it."""

    where: str
    """The file that it changes."""
    installed: bool
    install: Callable[[], str]
    """Adds it and returns what was done, in a sentence; raises FileError."""


class WelcomeWindow(QWidget):
    """The window. `Start` writes what was chosen; closing it chooses nothing."""

    done = Signal()
    """The person has seen it; it need not come again."""
    demo_asked = Signal()
    look_again_asked = Signal()

    def __init__(
        self,
        settings: Settings,
        *,
        places: Sequence[str],
        folders: Sequence[str],
        hook: Hook | None,
        save: Callable[[dict[str, object]], None],
        clock: Callable[[], float],
        parent: QWidget | None = None,
    ) -> None:
        """Build the window.

        Args:
            settings: those in force.
            places: the files in which Claude Code keeps logins.
            folders: where its transcripts are.
            hook: how Claude Code is taught to ask; None: not from here.
            save: writes values by key; raises FileError.
            clock: epoch seconds.
            parent: the usual.
        """
        super().__init__(parent)
        self._settings, self._places, self._folders = settings, places, folders
        self._hook, self._save, self._clock = hook, save, clock
        self._view = View(verdict="unknown")
        self.setWindowTitle(self.tr("Welcome"))
        self.fault = Notice(fault=True)
        self._build()
        QShortcut(QKeySequence("Escape"), self).activated.connect(self.close)
        self.setMinimumSize(LEAST_PX, LEAST_PX)
        scale = theme.font(QApplication.font()).pixelSize() / 13
        self.resize(min(round(WIDTH_PX * max(scale, 1.0)), self.screen().availableGeometry().width()), LEAST_PX)
        self._fitted_px = self.height()
        follow_palette(self, sliders=True)
        keep_size(self)
        self._fit()

    def show_view(self, view: View) -> None:
        """Follow the readings: a login may be found, and a threshold may hold at once."""
        self._view = view
        found = welcome_texts.has_login(view)
        say(self._login, welcome_texts.login_text(view, self._places))
        self._demo.setVisible(not found)
        self._again.setVisible(not found)
        self._warn()

    def show_in_front(self) -> None:
        """Show the window, and raise it when it is there already."""
        bring_to_front(self)

    def choices(self) -> dict[str, object]:
        """Return what `Start` would write: the thresholds that are others than before; None: off."""
        return {key: row.value() for key, row in self._rows.items() if row.value() != self._set_before(key)}

    def start(self) -> None:
        """Write what was chosen, add the hook when it was, and close; what fails is said, and the window stays."""
        try:
            if chosen := self.choices():
                self._save(chosen)
            if self._hook is not None and self.hook.isChecked() and not self._hook.installed:
                self._hook.install()
        except FileError as error:
            self.fault.say(texts.fault_text(error))
            self._fit()
            return
        self.close()

    # ---- building

    def _build(self) -> None:
        self._page = Page()
        column = self._page.column
        column.addWidget(label(welcome_texts.title(), scale=1.35, weight=QFont.Weight.DemiBold))
        column.addWidget(label(welcome_texts.what(), wrap=True))
        column.addWidget(self._found_card())
        column.addWidget(self._threshold_card())
        column.addWidget(self._hook_card())
        self._start = QPushButton(self.tr("&Start"))
        self._start.setDefault(True)
        self._start.setAutoDefault(True)
        self._start.clicked.connect(lambda _checked=False: self.start())
        later = QPushButton(self.tr("&Not now"))
        later.setAccessibleDescription(self.tr("Closes this window and chooses nothing"))
        later.clicked.connect(lambda _checked=False: self.close())
        foot = QHBoxLayout()
        foot.setSpacing(theme.GRID)
        foot.setContentsMargins(2 * theme.GRID, 0, 2 * theme.GRID, 2 * theme.GRID)
        foot.addWidget(quiet_line(self.tr("All of it can be changed in the settings.")), 1)
        foot.addWidget(later)
        foot.addWidget(self._start)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # the page scrolls
        outer.addWidget(self.fault)
        outer.addWidget(self._page, 1)
        outer.addLayout(foot)
        self._foot = foot

    def _found_card(self) -> QWidget:
        card = Card()
        card.setAccessibleName(self.tr("What is read and sent"))
        self._login = label(wrap=True)
        self._demo, self._again = QPushButton(self.tr("Show the &demo")), QPushButton(self.tr("&Look again"))
        self._demo.clicked.connect(lambda _checked=False: self.demo_asked.emit())
        self._again.clicked.connect(lambda _checked=False: self.look_again_asked.emit())
        buttons = QHBoxLayout()
        buttons.addWidget(self._demo)
        buttons.addWidget(self._again)
        buttons.addStretch()
        card.column.addWidget(self._login)
        card.column.addLayout(buttons)
        for said in (welcome_texts.reads_text(self._folders), welcome_texts.sends_text(self._settings)):
            card.column.addWidget(quiet_line(said))
        return card

    def _threshold_card(self) -> QWidget:
        card = Card()
        card.setAccessibleName(self.tr("Thresholds"))
        card.column.addWidget(heading(self.tr("Thresholds")))
        chosen = any(self._set_before(key) is not None for key in THRESHOLDS)
        card.column.addWidget(quiet_line(welcome_texts.thresholds(chosen=chosen)))
        declared = {setting.key: setting for setting in schema()}
        self._rows = {}
        for key in THRESHOLDS:
            row = self._rows[key] = ThresholdRow(key, told(declared[key].label), "", self._set_before(key))
            row.changed.connect(self._warn)
            card.column.addWidget(row)
        return card

    def _hook_card(self) -> QWidget:
        card = Card()
        card.setAccessibleName("Claude Code")
        self.hook = QCheckBox(self.tr("Claude Code &asks before it starts new work"))
        self.hook.setFont(theme.font(QApplication.font()))
        card.column.addWidget(self.hook)
        card.column.addWidget(quiet_line(welcome_texts.hook()))
        if self._hook is not None:
            installed = self._hook.installed
            self.hook.setChecked(installed)
            self.hook.setEnabled(not installed)
            card.column.addWidget(quiet_line(welcome_texts.hook_text(self._hook.where, installed=installed)))
        if self._hook is None:
            card.hide()
        return card

    def _set_before(self, key: str) -> float | None:
        held = self._settings.thresholds
        return held.session_pct if key == THRESHOLDS[0] else held.week_pct

    def _warn(self) -> None:
        """Say beside its row which threshold would hold new agents at once."""
        effects = effects_of(self.choices(), self._settings, self._view, self._clock())
        for key, row in self._rows.items():
            row.notice.say(" ".join(effect.sentence for effect in effects if effect.key == key))
        self._fit()

    def _fit(self) -> None:
        """Be as high as what is said, and no higher than the screen; a height that the person chose stays."""
        self._page.settle()
        if self.height() != self._fitted_px:
            return
        width = self.width()
        wanted = self._page.wanted_px(width) + self._foot.totalHeightForWidth(width)
        if not self.fault.isHidden():
            wanted += self.fault.heightForWidth(width)
        most = self.screen().availableGeometry().height() - 4 * theme.GRID
        # A bar that came once narrows the text, which is then too high to let the bar go.
        self._page.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.resize(width, min(max(wanted, LEAST_PX), most))
        self._page.settle()
        self._page.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self._fitted_px = self.height()

    # ---- the desktop

    def changeEvent(self, event: QEvent) -> None:
        """Follow the desktop's palette and font live."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            follow_palette(self, sliders=True)
        elif event.type() is QEvent.Type.FontChange:
            follow_font(self)
            self._fit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close; it does not come again by itself."""
        event.accept()
        self.done.emit()


def quiet_line(text: str) -> QWidget:
    """Return a line of secondary text."""
    made = quiet()
    say(made, text)
    made.setAlignment(Qt.AlignmentFlag.AlignVCenter)
    return made


def made(
    settings: Settings, save: Callable[[dict[str, object]], None], clock: Callable[[], float], *, demo: bool
) -> WelcomeWindow:
    """Return the window over this person's own files; in a demo, which touches nothing, without Claude Code's hook."""
    window = WelcomeWindow(
        settings,
        places=wiring.login_places(settings),
        folders=wiring.transcript_folders(settings),
        hook=None if demo else _hook(),
        save=save,
        clock=clock,
    )
    window.demo_asked.connect(_show_demo)
    return window


def _hook() -> Hook | None:
    try:
        state, install = wiring.claude_code_hook()
    except FileError as error:
        log.info("%s", error)
        return None
    return Hook(where=state.where, installed=state.installed, install=install)


def _show_demo() -> None:
    """Start the demo beside us: it has a home and an icon of its own."""
    try:
        program, *arguments = tray_command(os.environ)
    except FileError as error:
        log.info("%s", error)
        return
    QProcess.startDetached(program, [*arguments, "demo"])
