"""Loose-standard dictionaries: communities of businesses, their terms, and how these relate."""
