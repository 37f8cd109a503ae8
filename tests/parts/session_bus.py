"""A session bus of the test's own: the real dbus-daemon, with nothing that it could start by itself."""

import shutil
import subprocess

import pytest

CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


class SessionBus:
    """A dbus-daemon in a folder; it can be ended and started again at the same address."""

    def __init__(self, folder):
        self.address = f"unix:path={folder / 'bus'}"
        self._config = folder / "bus.conf"
        self._config.write_text(CONFIG.format(socket=folder / "bus"))
        self._process = None
        self.start()

    def start(self):
        """Start it; it answers when this returns."""
        command = ["dbus-daemon", f"--config-file={self._config}", "--nofork", "--nopidfile", "--print-address=1"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert self._process.stdout.readline(), self._process.stderr.read().decode()

    def stop(self):
        """End it; every connection breaks."""
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def session_bus(world, monkeypatch):
    """Give the test a session bus of its own."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("dbus-daemon is not installed (Debian: dbus)")
    bus = SessionBus(world / "run")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
    yield bus
    bus.stop()
