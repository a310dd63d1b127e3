"""Which other businesses may read the breakdown of a business's lots."""
