"""Factors and formulas: what is registered by version, with source."""
