"""Errors of the indexer.

TansoError (tanso.contracts.errors)
└── IndexerError          the read model can't be brought up to date
    ├── ForeignDatabase   the tables were filled from other contracts
    ├── ReorgTooDeep      the chain replaced blocks that counted as final
    └── BrokenLedger      events contradict each other or the known contracts
"""

from tanso.contracts.errors import TansoError


class IndexerError(TansoError):
    """The read model can't be brought up to date."""


class ForeignDatabase(IndexerError):
    """The tables were filled from the events of other contracts than this node's."""


class ReorgTooDeep(IndexerError):
    """The chain replaced blocks that counted as final: somebody has to look before rows are given up."""


class BrokenLedger(IndexerError):
    """Events contradict each other, or have fields that this version does not know."""
