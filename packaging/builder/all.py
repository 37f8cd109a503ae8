"""Builds every package that can be built here, starts each as a new user would, and counts what was proved.

packaging/dev/packages                 everything
packaging/dev/packages wheel bundle    some stages: wheel, made, bundle, linux, debian
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import bundle
import debian
import linux
import smoke
import wheel
from steps import DIST, MADE, OUT, ROOT, Proofs, mb, run

Stage = Callable[[Proofs], None]
APPDIR = OUT / "AppDir"


def wheel_stage(proofs: Proofs) -> None:
    """Wheel and sdist."""
    proofs.prove("tools", wheel.make_tools)
    if proofs.prove("wheel and sdist built", wheel.build):
        proofs.prove("the same files", wheel.same_files)
        proofs.prove("nothing foreign in them", wheel.nothing_foreign)
        proofs.prove("wheel in an empty environment", wheel.install)


def made_stage(proofs: Proofs) -> None:
    """What is generated for the others."""
    proofs.prove("icons, man page, completions", linux.generate)
    proofs.prove("desktop file, metainfo, man page, completions", linux.well_formed)


def bundle_stage(proofs: Proofs) -> None:
    """The PyInstaller folder."""
    if proofs.prove("bundle built", bundle.build):
        proofs.prove("bundle's libraries", bundle.libraries)
        proofs.prove("nothing foreign in it", bundle.nothing_foreign)
        proofs.prove("bundle with nothing set", bundle.started)
        proofs.prove("bundle's children", bundle.child_environment)
        proofs.prove("bundle's optional parts", bundle.extras)
        proofs.prove("completions", linux.completes)
        proofs.prove("folder of the AppImage", _appdir)


def linux_stage(proofs: Proofs) -> None:
    """The .deb and the .rpm."""
    licences = proofs.prove("licences", linux.name_licences)
    if licences and proofs.prove(".deb and .rpm built", linux.build):
        proofs.prove("dependencies", linux.dependencies)
        proofs.prove(".deb's content", linux.deb_content)
        proofs.prove(".rpm's content", linux.rpm_content)


def debian_stage(proofs: Proofs) -> None:
    """The .deb in a Debian without Python."""
    if why := debian.why_not() or ("" if linux.deb().exists() else "there is no .deb"):
        proofs.leave_out(".deb in a Debian without Python", why)
        return
    try:
        if proofs.prove("a Debian without Python", debian.make) and proofs.prove(".deb installed", debian.install):
            proofs.prove(".deb started", debian.started)
            proofs.prove(".deb removed", debian.removed)
    finally:
        debian.remove()


def _appdir() -> str:
    """Lay out the AppImage's folder and start it as its runtime would."""
    script = ROOT / "packaging" / "appimage"
    run(sys.executable, script / "assemble.py", script / "recipe.yaml", APPDIR)
    try:
        took = smoke.starts_offscreen(smoke.Program(words=(str(APPDIR / "AppRun"),)))
        return f"{mb(APPDIR)}, AppRun starts in {took:.1f} s; not packed: appimagetool is in no package registry"
    finally:
        shutil.rmtree(APPDIR, ignore_errors=True)


STAGES: dict[str, Stage] = {
    "wheel": wheel_stage,
    "made": made_stage,
    "bundle": bundle_stage,
    "linux": linux_stage,
    "debian": debian_stage,
}


def main(asked: list[str]) -> int:
    """Run the stages and return the exit status."""
    unknown = [name for name in asked if name not in STAGES]
    if unknown:
        print(f"There is no stage {unknown[0]}; there are {', '.join(STAGES)}.", file=sys.stderr)
        return 64
    for folder in (OUT, MADE, DIST):
        Path(folder).mkdir(parents=True, exist_ok=True)
    proofs = Proofs()
    for name, stage in STAGES.items():
        if not asked or name in asked:
            stage(proofs)
            if proofs.failed:
                break  # what follows stands on it
    for path in sorted(DIST.iterdir()):
        print(f"built   dist/{path.name}  {mb(path)}")
    print(
        "not built here: .app, Windows installer, Flatpak, AppImage (docs/install.md); their files are tested as data."
    )
    return proofs.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
