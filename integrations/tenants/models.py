"""Tenants and people: users belong to the installation, members and keys to a tenant."""

from collections.abc import Iterator
from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.crypto import salted_hmac
from typing_extensions import override

from integrations.tenants.ids import new_id

# The audit chain and the keys of the installation itself, in tables that are otherwise a tenant's. No row of
# tenants_tenant has it, so nobody is a member of it.
INSTALLATION_ID = UUID(int=0)


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    BUILDER = "builder", "Builder"
    VIEWER = "viewer", "Viewer"


class StaffRole(models.TextChoices):
    """Rights of the people who run the installation; a person without one is not staff."""

    BILLING_ADMIN = "billing_admin", "Billing admin"
    SUPPORT = "support", "Support"


class TenantStatus(models.TextChoices):
    ACTIVE = "active", "Active"
    SUSPENDED = "suspended", "Suspended"
    SHREDDED = "shredded", "Keys destroyed"


class UserManager(BaseUserManager["User"]):
    """What Django's authentication and allauth ask of a user model; it knows no other rule."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user: User = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    @override
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person, known by e-mail. Which tenants they may enter is said by their members."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    staff_role = models.CharField(max_length=20, choices=StaffRole.choices, blank=True, default="")
    is_active = models.BooleanField(default=True)
    session_epoch = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="tenants_user_email_any_case"),
            models.CheckConstraint(
                condition=models.Q(staff_role__in=["", *StaffRole.values]), name="tenants_user_staff_role"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.email

    @override
    def get_session_auth_hash(self) -> str:
        """End every session when ``session_epoch`` is raised, as a new password does."""
        return self._session_mac(None)

    @override
    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """Give the same under older secret keys of the installation, while they are being changed."""
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._session_mac(secret)

    def _session_mac(self, secret: str | bytes | None) -> str:
        return salted_hmac(
            "integrations.tenants.models.User.session",
            f"{self.session_epoch}:{self.password}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()


class Tenant(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    status = models.CharField(max_length=12, choices=TenantStatus.choices, default=TenantStatus.ACTIVE)
    home_region = models.CharField(max_length=40, default="local")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=TenantStatus.values), name="tenants_tenant_status"
            ),
            models.CheckConstraint(
                condition=~models.Q(id=INSTALLATION_ID), name="tenants_tenant_is_not_installation"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="members")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="members")
    role = models.CharField(max_length=10, choices=Role.choices)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user"], name="tenants_member_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="tenants_member_role"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.user_id} as {self.role}"


class Invitation(models.Model):
    """A seat that waits for somebody to sign in with this e-mail and the token that was sent there."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role.choices)
    token_hash = models.BinaryField(max_length=32, unique=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="tenants_invitation_role"),
            models.UniqueConstraint(
                "tenant",
                Lower("email"),
                condition=models.Q(accepted_at=None),
                name="tenants_invitation_open_once",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.role} for {self.email}"


class ApiKey(models.Model):
    """Its id is the public part of the key's text; of the secret part only an HMAC is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=80)
    digest = models.BinaryField(max_length=32)
    pepper_version = models.PositiveIntegerField()
    scopes = ArrayField(models.CharField(max_length=40))
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["tenant", "-id"], name="tenants_apikey_listed")]

    @override
    def __str__(self) -> str:
        return self.name


class AuditEvent(models.Model):
    """Who did what to what. Written once, in the transaction of the act; no application role may change it.

    tenant_id is no foreign key: what was done must outlive the tenant.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    at = models.DateTimeField(db_default=Now(), editable=False)
    actor_kind = models.CharField(max_length=12)
    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=254, blank=True)
    origin = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=64)
    object = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=12, default="ok")
    facts = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["tenant_id", "-id"], name="tenants_audit_listed"),
            models.Index(fields=["tenant_id", "at"], name="tenants_audit_at"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.action} {self.object}"


class AuditSeal(models.Model):
    """One link of a tenant's chain: number, the hash before it, and the hash over both and the event."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    sequence = models.BigIntegerField()
    event_id = models.UUIDField()
    previous_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "sequence"], name="tenants_seal_number_once"),
            models.UniqueConstraint(fields=["tenant_id", "event_id"], name="tenants_seal_event_once"),
            models.CheckConstraint(condition=models.Q(sequence__gte=1), name="tenants_seal_from_one"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.tenant_id} #{self.sequence}"


class Change(models.Model):
    """When something that compiled flows depend on (a connection, a partner, a table) last changed.

    The engine looks for changes every other second and compiles the tenant's flows again.
    """

    tenant = models.OneToOneField(Tenant, on_delete=models.PROTECT, primary_key=True, related_name="+")
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["changed_at"], name="tenants_change_at")]

    @override
    def __str__(self) -> str:
        return f"{self.tenant_id} {self.changed_at}"
