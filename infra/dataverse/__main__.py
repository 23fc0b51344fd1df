"""python3 -m infra.dataverse: see cli.py."""

from infra.command import run

if __name__ == "__main__":
    run("infra.dataverse")
