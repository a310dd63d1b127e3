"""Proof bundles: all that is needed to recompute one lot's CO2, in one file that anyone can check."""
