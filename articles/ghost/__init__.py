"""Ghost's export (JSON): read in constant memory, whatever state it is in, and brought in any number of times."""
