"""Audit: carbon accounts recomputed from events alone, identities that must hold, anomalies to look into."""
