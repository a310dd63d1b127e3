"""Lots: production batches, the lots they make, their shipments and who holds what."""
