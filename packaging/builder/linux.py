"""The .deb and the .rpm: made by nfpm from the bundle and from what is generated, then looked into."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import bundle
import licences
import manual
import yaml
from steps import APP_ID, BUNDLE, DIST, MADE, ROOT, VERSION, Failed, differ, mb, run, within
from wheel import tool

DEB_BUDGET_MB = 75
CONFIG = ROOT / "packaging" / "linux" / "nfpm.yaml"
FILES = {
    "usr/bin/ringfence",
    "usr/lib/ringfence/ringfence",
    f"usr/share/applications/{APP_ID}.desktop",
    f"usr/share/metainfo/{APP_ID}.metainfo.xml",
    "usr/lib/systemd/user/ringfence.service",
    f"usr/share/icons/hicolor/scalable/apps/{APP_ID}.svg",
    f"usr/share/icons/hicolor/symbolic/apps/{APP_ID}-symbolic.svg",
    *(f"usr/share/icons/hicolor/{px}x{px}/apps/{APP_ID}.png" for px in (16, 22, 24, 32, 48, 64, 128, 256, 512)),
    "usr/share/man/man1/ringfence.1.gz",
    "usr/share/man/man5/ringfence-settings.5.gz",
    "usr/share/bash-completion/completions/ringfence",
    "usr/share/fish/vendor_completions.d/ringfence.fish",
    "usr/share/doc/ringfence/changelog.gz",
    "usr/share/doc/ringfence/THIRD_PARTY_LICENSES.gz",
}
"""What both packages have beside the bundle's own files."""
DEB_FILES = {"usr/share/zsh/vendor-completions/_ringfence", "usr/share/doc/ringfence/copyright"}
RPM_FILES = {"usr/share/zsh/site-functions/_ringfence", "usr/share/licenses/ringfence/LICENSE"}
FROM_DEBIAN = {
    "libc.so.6": "libc6", "libEGL.so.1": "libegl1", "libGL.so.1": "libgl1",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0", "libwayland-egl.so.1": "libwayland-egl1", "libxcb.so.1": "libxcb1",
}  # fmt: skip
PARTS_OF_LIBC = {"libdl.so.2", "libm.so.6", "libpthread.so.0", "libresolv.so.2", "librt.so.1", "libutil.so.1"}
DATA = {"fontconfig-config", "xkb-data"}
"""Files that libraries inside read at fixed places: which fonts there are, and what keys mean."""


def generate() -> str:
    """Make icons, man page, completions and changelog."""
    MADE.mkdir(parents=True, exist_ok=True)
    run(sys.executable, ROOT / "packaging" / "dev" / "render_assets.py", "--icons", MADE)
    pages = {"ringfence.1": manual.man_page(), "ringfence-settings.5": manual.settings_page()}
    for name, page in pages.items():
        _zip(f"{name}.gz", page)
        (MADE / name).write_text(page, encoding="utf-8")
    for shell, script in manual.completions().items():
        (MADE / f"ringfence.{shell}").write_text(script, encoding="utf-8")
    _zip("changelog.gz", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    return (
        f"{len(list((MADE / 'hicolor').rglob('*.*')))} icons, man pages of"
        f" {' and '.join(str(len(page.splitlines())) for page in pages.values())} lines, completions"
    )


def well_formed() -> str:
    """Ask each format's own checker, where it is installed; a shell reads its completion."""
    linux = ROOT / "packaging" / "linux"
    run("desktop-file-validate", ROOT / "assets" / f"{APP_ID}.desktop")
    run("appstreamcli", "validate", "--no-net", linux / f"{APP_ID}.metainfo.xml")
    said = run("mandoc", "-T", "lint", "-W", "warning", MADE / "ringfence.1", MADE / "ringfence-settings.5")
    if said.strip():
        raise Failed(f"mandoc says: {said}")
    for shell in manual.SHELLS:
        run(shell, "-n", MADE / f"ringfence.{shell}")
    return "desktop-file-validate, appstreamcli and mandoc are content, and so are bash, zsh and fish"


def completes() -> str:
    """Ask the bundle as the completions of each shell do."""
    asked = {
        "bash": {"COMP_WORDS": "ringfence sta", "COMP_CWORD": "1"},
        "zsh": {"COMP_WORDS": "ringfence sta", "COMP_CWORD": "1"},
        "fish": {"COMP_WORDS": "ringfence sta", "COMP_CWORD": "sta"},
    }
    for shell, words in asked.items():
        env = {"PATH": "/usr/bin:/bin", "HOME": str(MADE), "_RINGFENCE_COMPLETE": f"{shell}_complete", **words}
        if "status" not in run(bundle.PROGRAM, env=env, limit_s=30):
            raise Failed(f"The completion of {shell} does not find `status`.")
    return "bash, zsh and fish are offered `status` for `sta`"


def name_licences() -> str:
    """Write the licences of what is inside, and look that each work is named."""
    words = licences.text()
    missing = [name for name in licences.bundled() if f"\n{name} " not in words]
    if missing:
        raise Failed(f"No licence is named for {' '.join(missing)}.")
    _zip("THIRD_PARTY_LICENSES.gz", words)
    return f"{words.count(licences.RULE)} works with their licences"


def build() -> str:
    """Make both packages. Raises Failed when the .deb is over its budget."""
    for path in (deb(), rpm()):
        path.unlink(missing_ok=True)
        env = {**os.environ, "ARCH": bundle.arch(), "VERSION": VERSION, "GLIBC": bundle.glibc()}
        run(tool("nfpm"), "package", "-f", CONFIG, "-p", path.suffix[1:], "-t", path, env=env)
    return f"{deb().name} {within(deb(), DEB_BUDGET_MB)}, {rpm().name} {mb(rpm())}"


def dependencies() -> str:
    """Compare what the packages depend on with what the bundle's files take from the system."""
    config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    have = {path.name for path in bundle.elf_files()}
    outside = set().union(*(bundle.needed(path) for path in bundle.elf_files())) - have
    outside = {name for name in outside if not name.startswith("ld-linux")} - PARTS_OF_LIBC
    named = {line.split()[0] for line in config["overrides"]["deb"]["depends"]}
    differ("The .deb's dependencies and what its files need", named, {FROM_DEBIAN[name] for name in outside} | DATA)
    named = {line.partition("(")[0] for line in config["overrides"]["rpm"]["depends"]}
    differ("The .rpm's dependencies and what its files need", named, outside | {"fontconfig", "xkeyboard-config"})
    return (
        f"both depend on the {len(outside)} libraries that the bundle takes from the system, and on nothing else of it"
    )


def deb_content() -> str:
    """Look into the .deb: the files, the bundle whole, the control file, the program's link."""
    control = run("dpkg-deb", "--field", deb()) if shutil.which("dpkg-deb") else ""
    for line in ("Package: ringfence", f"Version: {VERSION}", f"Architecture: {bundle.arch()}"):
        if control and line not in control.splitlines():
            raise Failed(f"The .deb's control file lacks `{line}`.")
    return _content(_members(deb()), FILES | DEB_FILES)


def rpm_content() -> str:
    """Look into the .rpm's archive."""
    return _content(_members(rpm()), FILES | RPM_FILES)


def _content(members: dict[str, str], wanted: set[str]) -> str:
    inside = {
        f"usr/lib/ringfence/{path.relative_to(BUNDLE)}" for path in BUNDLE.rglob("*")
        if path.is_symlink() or path.is_file()
    }  # fmt: skip
    differ("The files of the package and of its plan", set(members), wanted | inside)
    if not members["usr/bin/ringfence"].endswith("-> /usr/lib/ringfence/ringfence"):
        raise Failed(f"usr/bin/ringfence is {members['usr/bin/ringfence']}.")
    loose = [name for name, line in members.items() if re.match(r".......w|........w", line) and line[0] != "l"]
    if loose:
        raise Failed(f"Others may write {' '.join(loose[:5])}.")
    return f"{len(members)} files, all of the plan and of the bundle"


def _members(package: Path) -> dict[str, str]:
    """Return the files of a package, each with its line of `ls -l`."""
    if package.suffix == ".deb":
        data = next(name for name in run("bsdtar", "-tf", package).split() if name.startswith("data.tar"))
        with subprocess.Popen(["bsdtar", "-xOf", str(package), data], stdout=subprocess.PIPE) as inner:
            listed = subprocess.run(
                ["bsdtar", "-tvf", "-"], stdin=inner.stdout, capture_output=True, text=True, check=True
            )
        lines = listed.stdout.splitlines()
    else:
        lines = run("bsdtar", "-tvf", package).splitlines()
    found = {}
    for line in lines:
        name = line.split(None, 8)[8]
        if line[0] != "d":
            found[name.partition(" -> ")[0].removeprefix("./").removeprefix("/")] = line
    return found


def deb() -> Path:
    """Return where the .deb is made."""
    return DIST / f"ringfence_{VERSION}_{bundle.arch()}.deb"


def rpm() -> Path:
    """Return where the .rpm is made."""
    return DIST / f"ringfence-{VERSION}-1.{os.uname().machine}.rpm"


def _zip(name: str, words: str) -> None:
    (MADE / name).write_bytes(gzip.compress(words.encode(), 9, mtime=0))
