from accounts.admin import audit, staff

__all__ = ["audit", "staff"]
