"""What can be wrong with a file that somebody wants to import. Each message tells an editor what to do next."""


class ImportProblem(Exception):
    """A file that cannot be imported. `str(problem)` is a translated sentence, fit to be shown to an editor."""


class TextUnreadable(ImportProblem):
    """The bytes are not text in any form that we read: another format, or a damaged file."""


class TextEmpty(ImportProblem):
    """The file holds no words."""


class HeadlineOnly(ImportProblem):
    """The file holds a headline, and nothing (or nothing but the closing notice) below it."""


class TextTooLong(ImportProblem):
    """The file or its text is larger than any story."""
