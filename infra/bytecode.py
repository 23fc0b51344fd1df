"""`python3 -m infra.bytecode`: compiles what is deployed, before azd packs it. A cold worker then loads our code without compiling it.

Each file is marked with the hash of its source: a package changes the times of files, and what was edited since must not be passed over.
"""

from __future__ import annotations

import compileall
import py_compile
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def compile_application(root: Path) -> bool:
    """function_app.py, and the packages beside it that .funcignore leaves. What others have compiled there goes."""
    ignored = {line.strip("/\n") for line in (root / ".funcignore").read_text(encoding="utf-8").splitlines()}
    packages = sorted(path.parent for path in root.glob("*/__init__.py") if path.parent.name not in ignored)
    for stale in (root / "__pycache__", *(found for each in packages for found in each.rglob("__pycache__"))):
        shutil.rmtree(stale, ignore_errors=True)
    mode = py_compile.PycInvalidationMode.CHECKED_HASH
    done = [compileall.compile_file(root / "function_app.py", force=True, quiet=1, invalidation_mode=mode)]
    done += [compileall.compile_dir(each, force=True, quiet=1, invalidation_mode=mode) for each in packages]
    return all(done)


def main() -> int:
    wanted = (ROOT / ".python-version").read_text(encoding="utf-8").strip()
    if wanted != f"{sys.version_info[0]}.{sys.version_info[1]}":
        print(
            f"Not compiled: that takes Python {wanted}. A cold start compiles for itself, and takes longer."
        )
        return 0
    return 0 if compile_application(ROOT) else 1


if __name__ == "__main__":
    sys.exit(main())
