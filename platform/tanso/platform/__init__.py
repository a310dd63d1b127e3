"""The node that people and programs talk to: API, read model, accounts, traceability, reports, command line.

Tables whose name begins with ``chain_`` are the read model: the indexer alone fills them, from events of the
ledger alone, and they can be emptied and built again at any time (`tanso.platform.indexer.Indexer.rebuild`).
"""
