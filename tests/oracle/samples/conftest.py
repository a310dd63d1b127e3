"""Collects test_originals.py only where the original data sets lie beside the project, in ../shared/data."""

from pathlib import Path

ORIGINALS = Path(__file__).parents[4] / "shared" / "data"

collect_ignore = [] if ORIGINALS.is_dir() else ["test_originals.py"]
