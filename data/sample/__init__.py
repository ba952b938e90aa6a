"""A small corpus of our own writing, in the forms that real sources have on disk."""
