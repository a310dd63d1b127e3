"""Pages: HTML made from templates, each one self-contained, so that a saved page still works offline."""
