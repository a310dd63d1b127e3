"""The database of a node: its tables made, told apart by version, brought up to date."""

from tanso.platform.database.schema import DatabaseStatus, State, advice, prepare, status_of, upgrade

__all__ = ["DatabaseStatus", "State", "advice", "prepare", "status_of", "upgrade"]
