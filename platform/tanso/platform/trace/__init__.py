"""Traceability: from a lot upstream to raw material, step by step."""
