"""The Beam floor: read, refine, dedupe, write, ledger. Knows the text rules, and no command line."""
