"""A newsroom as plain files, to leave with or to move: `writing` makes them, `arriving` makes a newsroom of them."""
