"""`python -m collector`: the same as `keyreach`."""

from collector.cli.main import app

if __name__ == "__main__":
    app(prog_name="keyreach")
