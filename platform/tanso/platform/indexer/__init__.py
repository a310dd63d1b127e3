"""The indexer: ledger events in, read-model tables out. Nothing else fills those tables."""
