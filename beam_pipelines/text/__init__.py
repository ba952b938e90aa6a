"""The ground floor: pure rules on Arrow string columns. No Beam, no I/O, no options."""
