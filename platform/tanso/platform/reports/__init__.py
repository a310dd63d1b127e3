"""Reports: a lot's footprint as JSON and as a page, built from its proof bundle and the names the reader may
know."""
