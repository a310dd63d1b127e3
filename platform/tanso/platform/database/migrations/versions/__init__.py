"""The revisions, one file each. They are history: a revision that was released never changes."""
