"""A row of the settings dialog for each kind of setting, and the ground they stand on."""

from __future__ import annotations

from typing import assert_never

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QStyle,
    QStyleOptionSlider,
    QVBoxLayout,
    QWidget,
)

from ringfence import texts, words
from ringfence.core.declared import Kind, Setting
from ringfence.core.model import Tier, tier_of
from ringfence.language import told
from ringfence.tray import theme
from ringfence.tray.labels import describe, dress, label, say
from ringfence.tray.look import Mark
from ringfence.tray.marks import paint_mark
from ringfence.tray.mnemonics import marked
from ringfence.tray.setting_words import unbroken, unit_of

SLIDER_PCT = (50, 95)
"""What the slider offers; the box beside it takes 1-100 (DESIGN 8)."""
FIRST_PCT = 90
"""Where a threshold begins when it is switched on."""
LONGEST_NAME = 32
MARK_PX = 5


class Card(QFrame):
    """The ground of a group of rows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(2 * theme.GRID, theme.GRID + 4, 2 * theme.GRID, theme.GRID + 4)
        self.column.setSpacing(theme.GRID + 4)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw a card."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.line(self.palette()))
        painter.setBrush(theme.card(self.palette()))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme.GRID, theme.GRID)
        painter.end()


class Notice(QFrame):
    """A sentence that must not be missed: the gate's own sign beside it, and announced to a screen reader."""

    def __init__(self, *, fault: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fault = fault
        self.label = label(wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * theme.GRID, theme.GRID, theme.GRID + 4, theme.GRID)
        column.addWidget(self.label)
        self.hide()

    def say(self, text: str) -> None:
        """Show a sentence, or hide when there is none."""
        text = words.quoted(text)
        news = bool(text) and text != self.accessibleName()
        say(self.label, unbroken(text))
        self.setVisible(bool(text))
        self.setAccessibleName(text)
        if news:
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def text(self) -> str:
        """Return the sentence; empty while hidden."""
        return self.accessibleName()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw a tinted ground, an edge and the barrier."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.colours_of(theme.scheme_of(self.palette()))
        accent = QColor(colours.tiers[Tier.CRITICAL if self._fault else Tier.HIGH])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.blend(theme.card(self.palette()), accent, 0.13))
        painter.drawRoundedRect(QRectF(self.rect()), theme.GRID / 2, theme.GRID / 2)
        disc = QRectF(theme.GRID + 4, theme.GRID, 18, 18)
        painter.setBrush(accent)
        painter.drawEllipse(disc)
        paint_mark(painter, disc.center(), 7.5, Mark.CLOSED, theme.card(self.palette()))
        painter.end()


class ThresholdSlider(QSlider):
    """A slider that also shows where the window stands now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._reading: float | None = None
        self.setRange(*SLIDER_PCT)
        self.setPageStep(5)
        self.setMinimumWidth(128)
        knob = self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength)
        self.setMinimumHeight(knob + 2 * MARK_PX + 6)  # the mark stands free, below the knob

    def show_reading(self, used: float | None) -> None:
        """Mark a fraction on the groove; None, or one that is off the scale: no mark."""
        if used != self._reading:
            self._reading = used
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the slider, then the mark."""
        super().paintEvent(event)
        low, high = SLIDER_PCT
        if self._reading is None or not low <= self._reading * 100 <= high:
            return
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        knob = self.style().subControlRect(
            QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, self
        )
        share = (self._reading * 100 - low) / (high - low)
        x = knob.width() / 2 + share * (self.width() - knob.width())
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            x = self.width() - x
        colours = theme.colours_of(theme.scheme_of(self.palette()))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.tiers[tier_of(self._reading)]))
        painter.drawRoundedRect(QRectF(x - 1.5, self.height() - MARK_PX, 3, MARK_PX), 1, 1)
        painter.end()


class Row(QWidget):
    """A setting: its control, its help, and room for a warning."""

    changed = Signal()

    def __init__(self, key: str, name: str, help_: str) -> None:
        super().__init__()
        self.key, self.name = key, name
        self._help = help_
        self.help_label = label(unbroken(self._help), scale=0.92, quiet=True, wrap=True)
        self.notice = Notice()
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setHorizontalSpacing(theme.GRID + 4)
        self.grid.setVerticalSpacing(theme.GRID // 2)
        self.grid.setColumnStretch(0, 1)

    def value(self) -> object:
        """Return what stands in the row; None: off."""
        raise NotImplementedError

    def focusables(self) -> tuple[QWidget, ...]:
        """Return the controls in the order of the Tab key."""
        raise NotImplementedError

    def set_mnemonic(self, text: str) -> None:
        """Set the row's name with its mnemonic."""
        raise NotImplementedError

    def show_present(self, present: str, used: float | None) -> None:
        """Say where the window of this row stands now."""
        del used
        say(self.help_label, unbroken(words.sentences([present, self._help])))

    def finish(self, *, indented: bool = False) -> None:
        """Lay out help and warning; `indented` lines the help up with the text of a checkbox."""
        if indented:
            style = self.style()
            box = style.pixelMetric(QStyle.PixelMetric.PM_IndicatorWidth)
            gap = style.pixelMetric(QStyle.PixelMetric.PM_CheckBoxLabelSpacing)
            self.help_label.setIndent(box + gap)
            self.help_label.setMargin(0)
        self.grid.addWidget(self.help_label, 1, 0, 1, 3)
        self.grid.addWidget(self.notice, 2, 0, 1, 3)
        self.help_label.setVisible(bool(self.help_label.text()))
        for widget in self.focusables():
            describe(widget, self._help)
            if not isinstance(widget, QCheckBox):
                widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
                widget.installEventFilter(_WHEEL)


class ThresholdRow(Row):
    """A toggle, a slider and a box: off, or a percentage."""

    def __init__(self, key: str, name: str, help_: str, value: float | None) -> None:
        super().__init__(key, name, help_)
        self._given = value
        self.toggle = _checkbox(name)
        self.slider = ThresholdSlider()
        self.box = QSpinBox()
        self.box.setRange(1, 100)
        self.box.setSuffix(unit_of("%")[1])
        self.box.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._show(value)
        self._first = self._raw()
        self.slider.setAccessibleName(self.tr("{window} threshold, percent, slider").format(window=name))
        self.box.setAccessibleName(self.tr("{window} threshold, percent").format(window=name))
        self.toggle.setAccessibleName(self.tr("{window} threshold").format(window=name))
        self.toggle.toggled.connect(self._toggled)
        self.slider.valueChanged.connect(self.box.setValue)
        self.box.valueChanged.connect(self._typed)
        self.grid.addWidget(self.toggle, 0, 0)
        self.grid.addWidget(self.slider, 0, 1)
        self.grid.addWidget(self.box, 0, 2)
        self.finish(indented=True)

    def value(self) -> float | None:
        """Return the percentage, None when off. A value that was not touched stays as the file has it (87.5)."""
        if self._raw() == self._first:
            return self._given
        return self.box.value() if self.toggle.isChecked() else None

    def focusables(self) -> tuple[QWidget, ...]:
        """Return toggle, slider, box."""
        return self.toggle, self.slider, self.box

    def set_mnemonic(self, text: str) -> None:
        """Set the toggle's text."""
        self.toggle.setText(text)

    def show_present(self, present: str, used: float | None) -> None:
        """Mark the reading on the slider too."""
        super().show_present(present, used)
        self.slider.show_reading(used)

    def _show(self, value: float | None) -> None:
        self.toggle.setChecked(value is not None)
        pct = FIRST_PCT if value is None else round(value)
        self.box.setValue(pct)
        self._move_slider(pct)
        self._enable(value is not None)

    def _raw(self) -> tuple[bool, int]:
        return self.toggle.isChecked(), self.box.value()

    def _enable(self, on: bool) -> None:
        self.slider.setEnabled(on)
        self.box.setEnabled(on)

    def _toggled(self, on: bool) -> None:
        self._enable(on)
        self.changed.emit()

    def _typed(self, pct: int) -> None:
        self._move_slider(pct)
        self.changed.emit()

    def _move_slider(self, pct: int) -> None:
        """Follow the box without answering back: 30 % typed stays 30 although the slider ends at 50."""
        blocked = self.slider.blockSignals(True)
        self.slider.setValue(pct)
        self.slider.blockSignals(blocked)


class ToggleRow(Row):
    """On or off."""

    def __init__(self, setting: Setting, value: bool) -> None:
        super().__init__(setting.key, told(setting.label), told(setting.help))
        self.toggle = _checkbox(self.name)
        self.toggle.setChecked(value)
        self.toggle.toggled.connect(self.changed)
        self.grid.addWidget(self.toggle, 0, 0, 1, 3)
        self.finish(indented=True)

    def value(self) -> bool:
        """Return the choice."""
        return self.toggle.isChecked()

    def focusables(self) -> tuple[QWidget, ...]:
        """Return the toggle."""
        return (self.toggle,)

    def set_mnemonic(self, text: str) -> None:
        """Set the toggle's text."""
        self.toggle.setText(text)


class _BuddyRow(Row):
    """A name, and a control beside it."""

    def put(self, control: QWidget, unit: str = "") -> None:
        """Lay out the control and bind the name to it."""
        self.caption: QLabel = label(self.name)
        self.caption.setBuddy(control)
        self._control = control
        control.setAccessibleName(f"{self.name}, {unit}" if unit else self.name)
        self.grid.addWidget(self.caption, 0, 0)
        self.grid.addWidget(control, 0, 2)
        self.finish()

    def focusables(self) -> tuple[QWidget, ...]:
        """Return the control."""
        return (self._control,)

    def set_mnemonic(self, text: str) -> None:
        """Set the caption's text."""
        self.caption.setText(text)


class ChoiceRow(_BuddyRow):
    """One of a few words."""

    def __init__(self, setting: Setting, value: str) -> None:
        super().__init__(setting.key, told(setting.label), told(setting.help))
        self.box = QComboBox()
        for word, said in setting.choices.items():
            self.box.addItem(told(said), word)
        self.box.setCurrentIndex(self.box.findData(value))
        self.box.currentIndexChanged.connect(self.changed)
        self.put(self.box)

    def value(self) -> str:
        """Return the word."""
        return str(self.box.currentData())


class SecondsRow(_BuddyRow):
    """A length of time."""

    def __init__(self, setting: Setting, value: float, low: float) -> None:
        super().__init__(setting.key, told(setting.label), told(setting.help))
        self._given = value
        spoken, suffix = unit_of(setting.unit)
        self.box = QSpinBox()
        self.box.setRange(int(low), int(setting.high or 0))
        self.box.setSingleStep(30)
        self.box.setSuffix(suffix)
        self.box.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.box.setValue(round(value))
        self._first = self.box.value()
        self.box.valueChanged.connect(self.changed)
        self.put(self.box, spoken)

    def value(self) -> float:
        """Return the seconds; untouched they stay as the file has them."""
        return self._given if self.box.value() == self._first else self.box.value()


class TextRow(_BuddyRow):
    """A line of text."""

    def __init__(self, setting: Setting, value: str) -> None:
        super().__init__(setting.key, told(setting.label), told(setting.help))
        self.line = QLineEdit(value)
        self.line.textChanged.connect(self.changed)
        self.put(self.line)

    def value(self) -> str:
        """Return the text."""
        return self.line.text().strip()


def row_of(setting: Setting, value: object, *, floor_s: float) -> Row | None:
    """Return the row of a setting; None for a table: of thresholds each model has a row, of accounts none has.

    Args:
        setting: the declaration.
        value: what is in force.
        floor_s: the least polling interval of the hosts in use.
    """
    match setting.kind:
        case Kind.THRESHOLD:
            given = float(value) if isinstance(value, int | float) else None
            return ThresholdRow(setting.key, told(setting.label), told(setting.help), given)
        case Kind.TOGGLE:
            return ToggleRow(setting, bool(value))
        case Kind.CHOICE:
            return ChoiceRow(setting, str(value))
        case Kind.SECONDS:
            assert isinstance(value, int | float)
            low = max(setting.low or 0, floor_s) if setting.key == "usage.interval_s" else setting.low or 0
            return SecondsRow(setting, value, low)
        case Kind.TEXT | Kind.URL:
            return TextRow(setting, str(value))
        case Kind.THRESHOLDS | Kind.ACCOUNTS | Kind.PORT:
            return None
        case _:
            assert_never(setting.kind)


def short(name: str) -> str:
    """Return a model's name as a row has it: the server's text, cut so that a dialog does not grow with it."""
    return texts.clean(name, LONGEST_NAME)


def set_mnemonics(rows: list[Row], taken: str) -> None:
    """Give each row a letter of its own to be reached by, as far as the letters go."""
    for row, text in zip(rows, marked([row.name for row in rows], taken), strict=True):
        row.set_mnemonic(text)


def _checkbox(name: str) -> QCheckBox:
    made = QCheckBox(name.replace("&", "&&"))
    dress(made)
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return made


class _WheelGuard(QObject):
    """Lets the wheel scroll the dialog: a value changes under it only in the control that has the focus."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


_WHEEL = _WheelGuard()
