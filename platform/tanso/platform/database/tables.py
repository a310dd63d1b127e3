"""Every table of a node, whichever package it belongs to."""

from typing import Final

from sqlalchemy import MetaData, Table, inspect

from tanso.oracle import sites
from tanso.oracle.devices import tables as devices
from tanso.oracle.evidence import store as evidence
from tanso.oracle.intake import tables as intake
from tanso.oracle.outbox import model as outbox
from tanso.oracle.quorum import tables as quorum
from tanso.platform import private_tables
from tanso.platform.indexer import tables as read_model

WHERE: Final = (sites, devices, evidence, intake, outbox, quorum, private_tables, read_model)
"""The modules that define tables, or import those that do."""


def _tables() -> MetaData:
    """What the models of this distribution define; a program that uses it may have tables of its own."""
    found = MetaData()
    for mapper in inspect(outbox.OutboxMessage).registry.mappers:
        if mapper.class_.__module__.startswith("tanso."):
            assert isinstance(mapper.local_table, Table)
            mapper.local_table.to_metadata(found)
    return found


METADATA: Final = _tables()
