from accounts.models.audit import AuditRow
from accounts.models.invitations import Invitation
from accounts.models.letters import Letter
from accounts.models.notices import Notice
from accounts.models.sessions import StaffSession
from accounts.models.user import User

__all__ = ["AuditRow", "Invitation", "Letter", "Notice", "StaffSession", "User"]
