"""The packages' recipes, read as data: what each system asks for is there, under one id and one version everywhere."""

from __future__ import annotations

import ast
import configparser
import plistlib
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from ringfence.core.settings import DEFAULT_BASE_URL
from ringfence.version import APP_ID, __version__

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
ASSETS = ROOT / "assets"
LINUX, MACOS, WINDOWS = PACKAGING / "linux", PACKAGING / "macos", PACKAGING / "windows"


@pytest.fixture(autouse=True)
def _builder_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PACKAGING / "builder"))


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def plist(name: str) -> dict[str, Any]:
    return plistlib.loads((ASSETS if name.startswith(APP_ID) else MACOS).joinpath(name).read_bytes())


def ini(path: Path) -> configparser.ConfigParser:
    # A unit or a desktop file: no interpolation, names as they stand.
    parser = configparser.ConfigParser(interpolation=None, strict=True, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text(path))
    return parser


def inno() -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return what the Inno Setup script defines, and its sections' lines with the definitions filled in."""
    defined = dict(re.findall(r'^#define (\w+) "([^"]*)"$', text(WINDOWS / "ringfence.iss"), re.MULTILINE))
    sections: dict[str, list[str]] = {}
    name = ""
    for line in text(WINDOWS / "ringfence.iss").splitlines():
        if found := re.fullmatch(r"\[(\w+)\]", line):
            name = found[1]
            sections[name] = []
        elif name and line.strip() and not line.startswith((";", "#")):
            sections[name].append(re.sub(r"\{#(\w+)\}", lambda word: defined[word[1]], line))
    return defined, sections


def setup() -> dict[str, str]:
    return dict(line.split("=", 1) for line in inno()[1]["Setup"])


def metainfo() -> ET.Element:
    return ET.parse(LINUX / f"{APP_ID}.metainfo.xml").getroot()


def flatpak() -> dict[str, Any]:
    return yaml.safe_load(text(PACKAGING / "flatpak" / f"{APP_ID}.yaml"))


def recipe() -> dict[str, Any]:
    return yaml.safe_load(text(PACKAGING / "appimage" / "recipe.yaml"))


def nfpm() -> dict[str, Any]:
    return yaml.safe_load(text(LINUX / "nfpm.yaml"))


def version_resource() -> dict[str, str]:
    tree = ast.parse(text(WINDOWS / "version.txt"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    return {
        ast.literal_eval(call.args[0]): ast.literal_eval(call.args[1])
        for call in calls if call.func.id == "StringStruct"  # type: ignore[attr-defined]
    }  # fmt: skip


def test_one_id_everywhere() -> None:
    import steps

    launchable = metainfo().findtext("launchable") or ""
    assert {
        "steps": steps.APP_ID,
        "Info.plist": plist("Info.plist")["CFBundleIdentifier"],
        "LaunchAgent": plist(f"{APP_ID}.plist")["Label"],
        "Inno Setup": setup()["AppId"],
        "shortcut": re.findall(r'AppUserModelID: "([^"]+)"', inno()[1]["Icons"][0])[0],
        "version resource": version_resource()["InternalName"],
        "metainfo": metainfo().findtext("id"),
        "metainfo's launchable": launchable.removesuffix(".desktop"),
        "metainfo's icon": metainfo().findtext("icon"),
        "desktop file's icon": ini(ASSETS / f"{APP_ID}.desktop")["Desktop Entry"]["Icon"],
        "Flatpak": flatpak()["id"],
        "AppImage": recipe()["id"],
    } == dict.fromkeys(
        ("steps", "Info.plist", "LaunchAgent", "Inno Setup", "shortcut", "version resource", "metainfo",
         "metainfo's launchable", "metainfo's icon", "desktop file's icon", "Flatpak", "AppImage"), APP_ID,
    )  # fmt: skip


def test_one_version_everywhere() -> None:
    import steps

    resource = text(WINDOWS / "version.txt")
    numbers = ", ".join([*__version__.split("."), "0"])
    found = {
        "steps": steps.VERSION,
        "Info.plist": plist("Info.plist")["CFBundleShortVersionString"],
        "Info.plist's build": plist("Info.plist")["CFBundleVersion"],
        "Inno Setup": setup()["AppVersion"],
        "version resource": version_resource()["FileVersion"],
        "version resource's product": version_resource()["ProductVersion"],
        "metainfo": metainfo().find("releases/release").get("version"),  # type: ignore[union-attr]
        "AppImage": recipe()["version"],
    }
    assert found == dict.fromkeys(found, __version__)
    assert f"filevers=({numbers}), prodvers=({numbers})" in resource
    assert nfpm()["version"] == "${VERSION}"
    assert __version__ in recipe()["file"]
    assert f"ringfence-{__version__}-setup" == setup()["OutputBaseFilename"]


def test_no_recipe_carries_another_version_of_ringfence() -> None:
    kept = re.compile(rf"ringfence-(?!{re.escape(__version__)})\d+\.\d+")
    files = [path for path in PACKAGING.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert [path.name for path in files if kept.search(path.read_text(encoding="utf-8", errors="replace"))] == []


# ---- Linux


def test_the_menu_entry_starts_the_program_and_names_its_icon() -> None:
    entry = ini(ASSETS / f"{APP_ID}.desktop")["Desktop Entry"]
    assert (entry["Type"], entry["Exec"], entry["Terminal"]) == ("Application", "ringfence --window", "false")
    assert entry["StartupNotify"] == "true"  # else Wayland gives a second start no leave to raise the window
    assert entry["Version"] == "1.1"  # Debian 12's validator knows no newer one
    assert entry["Categories"].endswith(";")


def test_the_menu_entry_speaks_the_languages_of_the_app() -> None:
    entry = ini(ASSETS / f"{APP_ID}.desktop")["Desktop Entry"]
    for key in ("GenericName", "Comment"):
        said = {entry[key], *(entry[f"{key}[{language}]"] for language in ("de", "es", "fr", "ja", "zh_CN"))}
        assert len(said) == 6


def test_the_services_of_the_packages_run_the_daemon() -> None:
    unit = ini(LINUX / "ringfence.service")
    program, *arguments = shlex.split(unit["Service"]["ExecStart"])
    assert (program, arguments) == ("/usr/bin/ringfence", ["daemon"])
    assert unit["Install"]["WantedBy"] == "default.target"


def test_what_the_packages_hold_exists_or_is_made() -> None:
    made = {"bundle/ringfence", "made/hicolor", "made/ringfence.1.gz", "made/ringfence-settings.5.gz",
            "made/ringfence.bash", "made/ringfence.zsh", "made/ringfence.fish", "made/changelog.gz",
            "made/THIRD_PARTY_LICENSES.gz"}  # fmt: skip
    sources = [item["src"] for item in nfpm()["contents"] if item.get("type") != "symlink"]
    for source in sources:
        assert source.removeprefix("build/packages/") in made or (ROOT / source).is_file(), source


def test_both_packages_have_a_licence() -> None:
    contents = nfpm()["contents"]
    assert {item["packager"] for item in contents if Path(item["src"]).name in {"copyright", "LICENSE"}} == {
        "deb",
        "rpm",
    }
    mit = [line.strip(" .") for line in text(ROOT / "LICENSE").splitlines()[4:] if line]
    told = [line.strip(" .") for line in text(LINUX / "copyright").splitlines()]
    assert all(line in told for line in mit)


# ---- macOS


def test_the_mac_app_is_a_menu_bar_app_that_is_not_put_to_sleep() -> None:
    info = plist("Info.plist")
    assert info["LSUIElement"] is True
    assert info["LSAppNapIsDisabled"] is True
    assert info["NSSupportsAutomaticTermination"] is False
    assert info["NSRequiresAquaSystemAppearance"] is False
    assert info["CFBundleExecutable"] == "ringfence"


def test_the_mac_app_asks_for_no_more_than_its_runtime_needs() -> None:
    asked = plist("entitlements.plist")
    assert set(asked) == {
        "com.apple.security.cs.disable-library-validation",
        "com.apple.security.cs.allow-unsigned-executable-memory",
    }


def test_the_launch_agent_starts_a_crashed_app_again_but_not_one_that_was_quit() -> None:
    agent = plist(f"{APP_ID}.plist")
    assert agent["ProgramArguments"] == ["/Applications/Ringfence.app/Contents/MacOS/ringfence", "--background"]
    assert agent["KeepAlive"] == {"SuccessfulExit": False}


# ---- Windows


def test_the_installer_needs_no_administrator_and_starts_nothing_at_sign_in_unasked() -> None:
    _, sections = inno()
    assert setup()["PrivilegesRequired"] == "lowest"
    assert all("Flags: unchecked" in line for line in sections["Tasks"])
    assert all(re.search(r"Root: HKCU;.*Tasks: (autostart|path)", line) for line in sections["Registry"])


def test_the_start_menu_opens_the_window_as_other_menus_do() -> None:
    (shortcut,) = inno()[1]["Icons"]
    assert 'Parameters: "--window"' in shortcut
    assert ini(ROOT / f"assets/{APP_ID}.desktop")["Desktop Entry"]["Exec"] == "ringfence --window"


def test_the_installer_takes_files_that_stand_where_it_looks() -> None:
    for line in (setup()["LicenseFile"], setup()["SetupIconFile"]):
        place = (WINDOWS / line.replace("\\", "/")).resolve()
        assert place.is_relative_to(ROOT)
        assert place.exists() or place.is_relative_to(ROOT / "build")


# ---- Flatpak and AppImage


def test_the_flatpak_reads_the_login_and_writes_the_gate_where_launchers_look() -> None:
    allowed = flatpak()["finish-args"]
    assert "--filesystem=~/.claude:ro" in allowed
    assert "--filesystem=~/.local/state/ringfence:create" in allowed
    assert not any(line.startswith(("--filesystem=home", "--filesystem=host")) for line in allowed)
    assert "--share=network" in allowed
    assert DEFAULT_BASE_URL.startswith("https://")
    (module,) = flatpak()["modules"]
    places = [source["path"] for source in module["sources"]]
    assert all((PACKAGING / "flatpak" / place).resolve().is_relative_to(ROOT) for place in places)


def test_in_the_flatpak_the_files_lie_where_launchers_outside_look(tmp_path: Path) -> None:
    (module,) = flatpak()["modules"]
    assert "install -Dm755 ringfence -t /app/bin" in module["build-commands"]
    (tmp_path / "bin").mkdir()
    shutil.copy(PACKAGING / "flatpak/ringfence", tmp_path / "bin")
    program = tmp_path / "lib/ringfence/ringfence"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "$1:$HOME:$XDG_STATE_HOME:$XDG_CONFIG_HOME"\n')
    program.chmod(0o755)
    sandbox = {"XDG_STATE_HOME": "/home/me/.var/app/state", "XDG_CONFIG_HOME": "/home/me/.var/app/config"}
    environ = {"PATH": "/usr/bin:/bin", "HOME": "/home/me", **sandbox}
    said = subprocess.run([tmp_path / "bin/ringfence", "demo"], env=environ, capture_output=True, check=True)
    assert said.stdout == b"demo:/home/me::\n"


def test_the_appimage_has_what_its_runtime_wants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PACKAGING / "appimage"))
    import assemble

    for made in ("bundle/ringfence", "made/hicolor"):
        (tmp_path / "build/packages" / made).mkdir(parents=True)
    for place in ("packaging", "assets"):
        (tmp_path / place).symlink_to(ROOT / place)
    (tmp_path / "build/packages/bundle/ringfence/ringfence").write_text('#!/bin/sh\necho "started $1"\n')
    (tmp_path / "build/packages/bundle/ringfence/ringfence").chmod(0o755)
    monkeypatch.setattr(assemble, "ROOT", tmp_path)
    assemble.assemble(recipe(), tmp_path / "AppDir")
    top = {path.name for path in (tmp_path / "AppDir").iterdir()}
    assert top == {"AppRun", ".DirIcon", f"{APP_ID}.desktop", f"{APP_ID}.svg", "usr"}
    if sys.platform.startswith("linux"):
        started = [tmp_path / "AppDir/AppRun", "demo"]
        said = subprocess.run(started, env={"PATH": "/usr/bin:/bin"}, capture_output=True, check=True)
        assert said.stdout == b"started demo\n"
