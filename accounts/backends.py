from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from accounts.models import User
from accounts.roles import permissions_of


class RoleBackend(BaseBackend):
    """Signs staff in by e-mail address and password, and answers for their permissions from the table of roles."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """The active user with this address (in any case) and password, else None, in the same time for both."""
        address = username or kwargs.get("email")
        if not address or password is None:
            return None
        user = User.objects.filter(email=User.objects.normalise(address)).first()
        if user is None:
            make_password(password)  # as slow as a wrong password: the time does not tell which addresses exist
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()

    def get_all_permissions(self, user_obj: Any, obj: object | None = None) -> set[str]:
        """The role's permissions; they are about kinds of things, so `obj` does not narrow them."""
        return set(permissions_of(user_obj.role)) if user_obj.is_active and not user_obj.is_anonymous else set()
