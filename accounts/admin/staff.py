from functools import partial

from django.contrib import admin, messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import actions, invitations, letters, registry, second_factor, sessions
from accounts.audited import AuditedAdmin
from accounts.confirming import ConfirmedAdmin, ask
from accounts.forms import StaffForm
from accounts.models import Invitation, StaffSession, User
from accounts.problems import StaffProblem


@admin.register(User)
class StaffAdmin(ConfirmedAdmin, AuditedAdmin):
    form = StaffForm
    list_display = ("display_name", "email", "role", "is_active", "standing", "last_login")
    list_filter = ("is_active", "role")
    list_select_related = ("invitation",)
    search_fields = ("display_name__spelt", "email")
    ordering = ("display_name",)
    change_form_template = "admin/accounts/user/change_form.html"
    fieldsets = (
        (None, {"fields": ("email", "display_name", "role", "language", "time_zone", "is_active")}),
        (_("Password"), {"fields": ("new_password", "send_link")}),
    )

    def get_urls(self):
        verb = path(
            "<path:object_id>/verb/<slug:verb>/", self.admin_site.admin_view(self.verb), name="accounts_user_verb"
        )
        panel = path(
            "<path:object_id>/panel/<slug:name>/", self.admin_site.admin_view(self.panel), name="accounts_user_panel"
        )
        return [verb, panel, *super().get_urls()]

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        return type("StaffForm", (form,), {"editor": request.user})

    @admin.display(description=_("invitation"))
    def standing(self, user):
        invitation = getattr(user, "invitation", None)
        if invitation is None or invitation.accepted_at:
            return ""
        if invitation.revoked_at:
            return gettext("revoked")
        if not invitation.is_valid:
            return gettext("too old: send it again")
        until = date_format(localtime(invitation.valid_until), "SHORT_DATE_FORMAT")
        return gettext("pending until %(day)s") % {"day": until}

    def save_model(self, request, obj, form, change):
        password = form.cleaned_data["new_password"]
        if password:
            obj.set_password(password)
        elif not change:
            obj.set_unusable_password()
        actions.save_staff(obj, actor=request.user)
        if password and change:
            sessions.end(obj, but=request.session.session_key)
        if obj == request.user and password:
            update_session_auth_hash(request, obj)
        if form.cleaned_data["send_link"]:
            self.send_link(request, obj)

    def send_link(self, request, user):
        """An invitation to whoever has never been here, else a link for a new password."""
        if user.last_login or user.has_usable_password():
            letters.queue_password_link(user.email)
        else:
            invitations.invite(user, actor=request.user)
        messages.success(request, gettext("A letter with a link is on its way to %(email)s.") % {"email": user.email})

    def render_change_form(self, request, context, *args, **kwargs):
        obj = kwargs.get("obj")
        if obj and self.has_change_permission(request, obj):
            context["standing"] = self.standing(obj)
            context["verbs"] = self.verbs_for(obj)
            context["panels"] = [(panel, panel.render(request, obj)) for panel in registry.user_panels()]
        return super().render_change_form(request, context, *args, **kwargs)

    def verbs_for(self, user):
        """What can be done with this person now: the verb's name in the address, and its button."""
        invitation = Invitation.objects.filter(user=user).first()
        offered = []
        if invitation and not invitation.accepted_at and user.is_active:
            offered.append(("resend", gettext("Send the invitation again")))
            if invitation.is_pending:
                offered.append(("revoke", gettext("Revoke the invitation")))
        if StaffSession.objects.filter(user=user).exists():
            offered.append(("sign-out", gettext("Sign out everywhere")))
        if second_factor.has_one(user):
            offered.append(("reset-second-factor", gettext("Reset the second factor")))
        return offered

    def verb(self, request, object_id, verb):
        """Carries out one of `verbs_for`, by POST, once it is known who asks."""
        user = get_object_or_404(User, pk=object_id)
        back = redirect(reverse("admin:accounts_user_change", args=[user.pk]))
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        if request.method != "POST":
            return back
        if asked := ask(request):
            return asked
        known = {
            "resend": (partial(invitations.invite, user, actor=request.user), gettext("The invitation is on its way.")),
            "revoke": (partial(self._revoke, request, user), gettext("The invitation is revoked.")),
            "sign-out": (
                partial(actions.sign_out_everywhere, user, actor=request.user),
                gettext("%(name)s is signed out everywhere."),
            ),
            "reset-second-factor": (
                partial(second_factor.reset, user, actor=request.user),
                gettext("%(name)s can sign in with the password alone now, and was told by mail."),
            ),
        }
        if verb not in known:
            raise PermissionDenied
        act, said = known[verb]
        try:
            act()
        except StaffProblem as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, said % {"name": user})
        return back

    def panel(self, request, object_id, name):
        """Saves what a box of `registry.user_panels` on the person's page posted."""
        user = get_object_or_404(User, pk=object_id)
        panel = registry.user_panel(name)
        if panel is None or not self.has_change_permission(request, user):
            raise PermissionDenied
        if request.method == "POST":
            if asked := ask(request):
                return asked
            messages.success(request, panel.save(request, user))
        return redirect(reverse("admin:accounts_user_change", args=[user.pk]))

    def _revoke(self, request, user):
        invitations.revoke(get_object_or_404(Invitation, user=user), actor=request.user)
