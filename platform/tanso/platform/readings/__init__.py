"""Operation data handed in over the API."""
