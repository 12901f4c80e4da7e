class StaffProblem(Exception):
    """A verb was refused, and nothing was changed. ``str()`` of it may be shown to the person who tried."""
