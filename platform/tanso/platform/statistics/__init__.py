"""Statistics of CO2 per base unit over the lots that their owners put into a category."""
