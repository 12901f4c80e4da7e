from accounts.models.audit import AuditRow
from accounts.models.user import User

__all__ = ["AuditRow", "User"]
