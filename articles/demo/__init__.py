"""A newsroom to try: invented people write about an invented country, in three languages."""
