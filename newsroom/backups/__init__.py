"""Backups: one sealed file holds the whole newsroom. `writing` makes it while all goes on, `restoring` reads it."""
