"""Who may do what in the environment: users, security roles, and what follows from them."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from local.dataverse.clock import Clock
from local.dataverse.privileges import BASELINE, PRIVILEGES, Depth, privilege_id
from local.dataverse.settings import APPLICATION_USER_ID

BUSINESS_UNIT_ID = "0e7d4c61-52fa-4b0c-9c3f-8a1d6b20e5f4"
BUSINESS_UNIT_NAME = "contoso"
APPLICATION_ID = "c6b1f3de-8a47-4e29-9d05-72e4b80a91c3"
"""The client id of the identity that the local stack runs as. A token that was asked for without a client id is its."""
ADMINISTRATOR_APPLICATION_ID = "2f90d7a4-b35c-4c61-8e1f-d0a96b4e7352"
"""A client id whose tokens are an administrator's: for who sets an environment up."""
ADMINISTRATOR_ID = "84e2b6c0-17d9-4f3a-a5c8-3b60f9d2e741"


@dataclass(slots=True)
class Role:
    id: str
    name: str
    modifiedon: datetime
    version: int
    privileges: dict[str, Depth] = field(default_factory=dict)
    """By the privilege's id."""


@dataclass(slots=True)
class User:
    id: str
    name: str
    application_id: str
    object_id: str
    modifiedon: datetime
    version: int
    disabled: bool = False
    role_ids: set[str] = field(default_factory=set)


class Directory:
    """One business unit. The identity of the local stack may do everything; a new user may do nothing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._version = 500
        everything = dict.fromkeys(PRIVILEGES, Depth.GLOBAL)
        maker = {privilege_id("prvReadworkflow"): Depth.BASIC, privilege_id("prvReadUser"): Depth.GLOBAL}
        administrator = self._role("System Administrator", everything)
        runner = self._role("Run desktop flows", everything)
        self.roles = {
            each.id: each for each in (administrator, runner, self._role("Environment Maker", maker))
        }
        self.users = {
            APPLICATION_USER_ID: self._user(
                APPLICATION_USER_ID, "# Deskhand (local)", APPLICATION_ID, runner.id
            ),
            ADMINISTRATOR_ID: self._user(
                ADMINISTRATOR_ID, "# Administrator", ADMINISTRATOR_APPLICATION_ID, administrator.id
            ),
        }

    def user_of(self, application_id: str) -> User | None:
        return next((user for user in self.users.values() if user.application_id == application_id), None)

    def depth(self, user_id: str, privilege: str) -> Depth | None:
        """As deep as any of the user's roles grants a privilege, by its id; None where none does."""
        roles = [self.roles[role_id] for role_id in self.users[user_id].role_ids]
        return max(
            (role.privileges[privilege] for role in roles if privilege in role.privileges), default=None
        )

    def add_user(self, application_id: str) -> User:
        """Name and object id come from Microsoft Entra ID, which is made up here."""
        user = self._user(str(uuid.uuid4()), f"# {application_id[:8]}", application_id)
        self.users[user.id] = user
        return user

    def add_role(self, name: str) -> Role:
        baseline = {privilege_id(each): Depth.GLOBAL for each in BASELINE}
        role = Role(str(uuid.uuid4()), name, self._clock.now(), self._next_version(), baseline)
        self.roles[role.id] = role
        return role

    def grant(self, role: Role, privileges: dict[str, Depth]) -> None:
        role.privileges |= privileges
        role.modifiedon, role.version = self._clock.now(), self._next_version()

    def enable(self, user: User, *, disabled: bool) -> None:
        user.disabled = disabled
        user.modifiedon, user.version = self._clock.now(), self._next_version()

    def _role(self, name: str, privileges: dict[str, Depth]) -> Role:
        role_id = str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.role.deskhand"))
        return Role(role_id, name, self._clock.now(), self._next_version(), dict(privileges))

    def _user(self, user_id: str, name: str, application_id: str, *role_ids: str) -> User:
        object_id = str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{application_id}.object.deskhand"))
        return User(
            id=user_id,
            name=name,
            application_id=application_id,
            object_id=object_id,
            modifiedon=self._clock.now(),
            version=self._next_version(),
            role_ids=set(role_ids),
        )

    def _next_version(self) -> int:
        self._version += 1
        return self._version
