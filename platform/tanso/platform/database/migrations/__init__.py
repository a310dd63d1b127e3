"""Alembic's environment: what is run is `env.py`, once for each use."""
