"""What a bundle starts: the program, in the environment that the person's other programs get."""

import os
import sys

from ringfence.__main__ import main

LEFT_BEHIND = {"QT_PLUGIN_PATH", "QML2_IMPORT_PATH", "PYSIDE6_OPTION_PYTHON_ENUM"}

# The bootloader and PyInstaller's hooks lead libraries into the bundle by these, and `ringfence run -- COMMAND`, tmux
# and browsers would inherit them. This process needs none any more: the loader read its own at the start, and Qt finds
# its plug-ins beside its libraries.
for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LIBPATH"):
    before = os.environ.pop(f"{name}_ORIG", None)
    if before is not None:
        os.environ[name] = before
    else:
        os.environ.pop(name, None)
for name in [*os.environ]:
    if name.startswith("_PYI_") or name in LEFT_BEHIND:
        del os.environ[name]

if __name__ == "__main__":
    sys.exit(main())
