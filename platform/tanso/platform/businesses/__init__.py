"""Businesses: which account acts for which hashed ID."""
