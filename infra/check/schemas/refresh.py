"""`python -m infra.check.schemas.refresh`: distils Azure's types anew. It needs npm and pip, and neither a login nor Azure."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from infra.check.schemas import distil, models
from infra.check.schemas.distil import Json, Types
from infra.check.schemas.wanted import AZMCP, FROM_AZMCP, PACKAGES, Package
from local import node, places

FILE = Path(__file__).with_name("azure.json")
_QUIET = {"AZURE_MCP_COLLECT_TELEMETRY": "false", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        namespaces = _from_azmcp(Path(folder))
        for package in PACKAGES:
            _from_package(package, Path(folder), namespaces)
    FILE.write_text(written(namespaces), encoding="utf-8")
    print(FILE)
    return 0


def written(namespaces: dict[str, dict[str, Types]]) -> str:
    """A line for each type, so that a difference can be read."""
    lines = ["{"]
    for name, parts in sorted(namespaces.items()):
        lines.append(f" {json.dumps(name)}: {{")
        for part in ("resources", "types"):
            entries = [
                f"   {json.dumps(key)}: {json.dumps(value)}" for key, value in sorted(parts[part].items())
            ]
            lines.append(f'  "{part}": {{')
            lines.append(",\n".join(entries))
            lines.append("  }," if part == "resources" else "  }")
        lines.append(" },")
    return "\n".join(lines).removesuffix(",") + "\n}\n"


def read() -> dict[str, dict[str, Types]]:
    """What is distilled so far."""
    found: dict[str, dict[str, Types]] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def _from_azmcp(folder: Path) -> dict[str, dict[str, Types]]:
    npm = [*node.find(places.cache()).npm, "install", "--silent", "--no-audit", "--no-fund"]
    subprocess.run([*npm, "--prefix", str(folder), AZMCP], check=True)
    program = folder / "node_modules" / AZMCP.rpartition("@")[0] / "dist" / "azmcp"
    namespaces: dict[str, dict[str, Types]] = {}
    for name in FROM_AZMCP:
        resource, body, types = distil.distilled(_asked(program, name))
        _keep(namespaces, resource, body, types)
    return namespaces


def _asked(program: Path, resource: str) -> Any:
    command = [str(program), "bicepschema", "get", "--resource-type", resource]
    run = subprocess.run(command, env=os.environ | _QUIET, capture_output=True, text=True, check=True)
    return json.loads(run.stdout)["results"]["BicepSchemaResult"]


def _from_package(package: Package, folder: Path, namespaces: dict[str, dict[str, Types]]) -> None:
    target = folder / package.pin
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        str(target),
        package.pin,
    ]
    subprocess.run(pip, check=True)
    (source,) = target.glob("azure/mgmt/*/models/_models_py3.py")
    for name, (model, api) in package.resources.items():
        body, types = models.distilled(source.read_text(encoding="utf-8"), model)
        _keep(namespaces, f"{package.namespace}/{name}@{api}", body, types)


def _keep(namespaces: dict[str, dict[str, Types]], resource: str, body: Json, types: Types) -> None:
    """Types are told apart by namespace and API version."""
    name, _, api = resource.partition("@")
    parts = namespaces.setdefault(f"{name.partition('/')[0]}@{api}", {"resources": {}, "types": {}})
    parts["resources"][name] = body
    parts["types"] |= types


if __name__ == "__main__":
    sys.exit(main())
