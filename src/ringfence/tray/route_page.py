"""The page of routes: where a launch of each class would go now, by what its task is worth, and why."""

from __future__ import annotations

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from ringfence import route_texts, texts, words
from ringfence.core.route_view import Answer, ClassRoute, RouteView
from ringfence.tray import theme
from ringfence.tray.labels import label, say
from ringfence.tray.page_parts import Page, heading, quiet
from ringfence.tray.setting_rows import Card


class RoutePage(Page):
    """A card for each class; one sentence while there is nothing to choose."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._empty = label(wrap=True)
        self._how = quiet()
        self._cards: list[ClassCard] = []
        self._lines = QVBoxLayout()
        self._lines.setSpacing(theme.GRID + 4)
        self.column.addWidget(self._empty)
        self.column.addLayout(self._lines)
        self.column.addWidget(self._how)
        say(self._how, route_texts.how())

    def show_routes(self, routes: RouteView, now: float) -> None:
        """Show these routes."""
        say(self._empty, "" if routes.configured else route_texts.nothing_to_choose())
        drawn = routes.routes if routes.configured else ()
        while len(self._cards) < len(drawn):
            self._cards.append(ClassCard())
            self._lines.addWidget(self._cards[-1])
        for index, card in enumerate(self._cards):
            card.setVisible(index < len(drawn))
        for card, route in zip(self._cards, drawn, strict=False):
            card.show_route(route, now)
        self.settle()


class ClassCard(Card):
    """One class: its answers, and its chain."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = heading()
        self._chain, self._triggers = quiet(), quiet()
        self._answers: list[AnswerRow] = []
        self._places: list[QLabel] = []
        self._rows, self._obstacles = QVBoxLayout(), QVBoxLayout()
        self._rows.setSpacing(theme.GRID)
        self._obstacles.setSpacing(theme.GRID // 2)
        self.column.setSpacing(theme.GRID)
        self.column.addWidget(self._title)
        self.column.addLayout(self._rows)
        self.column.addWidget(self._chain)
        self.column.addLayout(self._obstacles)
        self.column.addWidget(self._triggers)

    def show_route(self, route: ClassRoute, now: float) -> None:
        """Show a class."""
        title = route_texts.class_title(route)
        say(self._title, title)
        self.setAccessibleName(title)
        while len(self._answers) < len(route.answers):
            self._answers.append(AnswerRow())
            self._rows.addWidget(self._answers[-1])
        for index, each in enumerate(self._answers):
            each.setVisible(index < len(route.answers))
        for each, answer in zip(self._answers, route.answers, strict=False):
            each.show_answer(answer, now)
        chain = route_texts.chain_text(route, now)
        say(self._chain, self.tr("Chain: {chain}").format(chain=chain) if chain else "")
        self._show_places([text for place in route.chain if (text := route_texts.place_text(place, now))])
        say(self._triggers, route_texts.triggers_text(route))

    def _show_places(self, lines: list[str]) -> None:
        while len(self._places) < len(lines):
            self._places.append(quiet())
            self._obstacles.addWidget(self._places[-1])
        for index, made in enumerate(self._places):
            say(made, lines[index] if index < len(lines) else "")


class AnswerRow(QWidget):
    """What one or more values get: where it goes, and why."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values = label(quiet=True, wrap=True)
        self._goes = label(weight=QFont.Weight.DemiBold, wrap=True)
        self._why = quiet()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for each in (self._values, self._goes, self._why):
            column.addWidget(each)

    def show_answer(self, answer: Answer, now: float) -> None:
        """Show an answer."""
        values, goes = route_texts.values_text(answer), route_texts.answer_text(answer, now)
        why = texts.why_sentence(answer.why, now)
        say(self._values, values)
        say(self._goes, goes)
        say(self._why, why)
        self.setAccessibleName(words.quoted(f"{values}: {goes}. {why}"))
