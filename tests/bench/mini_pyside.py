"""The yardstick: the smallest PySide6 tray there is, with an icon, a menu and a 60 s timer."""

import sys

from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon

app = QApplication(sys.argv)
app.setQuitOnLastWindowClosed(False)
pixmap = QPixmap(22, 22)
pixmap.fill(QColor("orange"))
menu = QMenu()
menu.addAction("Quit", app.quit)
tray = QSystemTrayIcon(QIcon(pixmap))
tray.setContextMenu(menu)
tray.show()
timer = QTimer()
timer.setInterval(60000)
timer.timeout.connect(lambda: tray.setToolTip("tick"))
timer.start()
sys.exit(app.exec())
