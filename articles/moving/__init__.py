"""Moves from other systems: what is the same whichever system it was. One package each reads its exports."""
