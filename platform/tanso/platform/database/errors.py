"""Errors of the database's tables.

TansoError (tanso.contracts.errors)
└── SchemaError              the tables are not those of this version
    ├── DatabaseOutdated     an earlier version's: `tanso database upgrade` brings them up to date
    ├── DatabaseTooNew       a later version's, or another program's
    └── DatabaseIncomplete   tables are missing, or none of them says which version made it
"""

from tanso.contracts.errors import TansoError


class SchemaError(TansoError):
    """The database's tables are not those that this version of Tanso works with."""


class DatabaseOutdated(SchemaError):
    """The tables are those of an earlier version, and can be brought up to date."""


class DatabaseTooNew(SchemaError):
    """The tables are those of a version that this one does not know."""


class DatabaseIncomplete(SchemaError):
    """Tables are missing, or nothing says which version they are of."""
