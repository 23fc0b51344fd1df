"""python3 -m infra.preflight: see cli.py."""

from infra.command import run

if __name__ == "__main__":
    run("infra.preflight")
