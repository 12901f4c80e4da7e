"""Stories from files: what correspondents and other systems send, read into the newsroom's own form."""
