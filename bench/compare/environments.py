"""Virtual environments for the tools that cannot share ours: made on first use, and kept."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements")
DEFAULT = Path("~/.cache/keyreach-bench")


class NotInstalledError(Exception):
    """A tool that takes part could not be installed."""


def python_of(tool: str, folder: Path) -> Path:
    """The interpreter of a tool's environment, installed as its requirements pin it.

    Raises NotInstalledError where pip cannot.
    """
    home, pinned = folder.expanduser() / tool, REQUIREMENTS / f"{tool}.txt"
    installed, python = home / "installed.txt", home / "bin" / "python"
    wanted = pinned.read_text(encoding="utf-8")
    if installed.exists() and installed.read_text(encoding="utf-8") == wanted:
        return python
    print(f"installing {tool} into {home}; this takes minutes, once", file=sys.stderr)
    shutil.rmtree(home, ignore_errors=True)
    venv.create(home, with_pip=True)
    install = ["-m", "pip", "install", "-qq", "--disable-pip-version-check", "-r", str(pinned)]
    if subprocess.run([str(python), *install], stdout=sys.stderr).returncode:
        raise NotInstalledError(f"{tool} cannot be installed, for the reasons above; --only leaves it out")
    installed.write_text(wanted, encoding="utf-8")
    return python


def version(tool: str) -> str:
    """The version of the tool itself that is pinned."""
    for line in (REQUIREMENTS / f"{tool}.txt").read_text(encoding="utf-8").splitlines():
        name, _, number = line.partition("==")
        if name.lower() == tool:
            return number
    raise LookupError(f"the requirements of {tool} do not name it")
