"""Fresh Python processes, as a cold worker is one: the files that are deployed, compiled as the package has them, last on the path."""

import json
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from local import environment, package, places

LIBRARIES = ("azure.functions", "azure.identity", "azure.data.tables", "requests")
"""All that a start needs of others but msgspec: whoever does the same imports them as well."""
_COLD = places.CHECKOUT / "benchmarks" / "cold"


@contextmanager
def deployed() -> Iterator[Path]:
    """A folder with the deployed application. It and the installed packages are compiled."""
    with TemporaryDirectory() as folder:
        app = package.copied(Path(folder))
        compiled = [app, sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
        _run(["-m", "compileall", "-q", *map(str, compiled)], {})
        yield app


def told(program: str, *arguments: object, settings: Mapping[str, str] | None = None) -> Any:
    """What a program of `cold` tells, as JSON. Raises RuntimeError, with what it wrote, if it fails."""
    return json.loads(_run(["-I", str(_COLD / program), *map(str, arguments)], settings or {}))


def _run(arguments: list[str], settings: Mapping[str, str]) -> str:
    run = subprocess.run(
        [sys.executable, *arguments],
        env=environment.for_child(**settings),
        cwd=places.CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise RuntimeError(run.stderr)
    return run.stdout
