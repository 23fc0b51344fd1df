"""The environment as somebody sees it who sets it up: users, roles, privileges. Raises what Dataverse's client raises.

Sources: Dataverse, table references of systemuser, role, privilege and businessunit; AddPrivilegesRole, RetrieveRolePrivilegesRole;
"Associate and disassociate table rows using the Web API".
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from shared.clock import SYSTEM_CLOCK
from shared.dataverse.errors import UnreadableError
from shared.dataverse.odata import query
from shared.dataverse.privileges import Depth
from shared.dataverse.purpose import Purpose
from shared.dataverse.web_api import API, Answer, WebApi

_SECONDS = 120.0
"""Dataverse's limit for one message."""
_STRONG = {"Consistency": "Strong"}
"""Permissions are cached for half a minute: what was just changed is to be seen."""
_CREATED = re.compile(r"\(([0-9a-fA-F-]{36})\)$")


class User(msgspec.Struct, frozen=True):
    id: str = msgspec.field(name="systemuserid")
    name: str | None = msgspec.field(name="fullname", default=None)
    disabled: bool = msgspec.field(name="isdisabled", default=False)


class Role(msgspec.Struct, frozen=True):
    id: str = msgspec.field(name="roleid")
    name: str


class Privilege(msgspec.Struct, frozen=True):
    id: str = msgspec.field(name="privilegeid")
    name: str
    basic: bool = msgspec.field(name="canbebasic", default=True)
    local: bool = msgspec.field(name="canbelocal", default=True)
    deep: bool = msgspec.field(name="canbedeep", default=True)
    everywhere: bool = msgspec.field(name="canbeglobal", default=True)

    def depth_for(self, wanted: Depth) -> Depth:
        """The least at which it can be granted and that reaches as far as is wanted."""
        possible = dict(zip(Depth, (self.basic, self.local, self.deep, self.everywhere), strict=True))
        return min((depth for depth in Depth if possible[depth] and depth >= wanted), default=wanted)


class _Unit(msgspec.Struct):
    id: str = msgspec.field(name="businessunitid")


class _Granted(msgspec.Struct):
    name: str = msgspec.field(name="PrivilegeName")
    depth: str = msgspec.field(name="Depth")


class _Privileges(msgspec.Struct):
    rows: list[_Granted] = msgspec.field(name="RolePrivileges")


class Site(msgspec.Struct, frozen=True):
    api: WebApi

    def who_am_i(self) -> None:
        self._get("WhoAmI")

    def root_unit(self) -> str:
        """The business unit above all others."""
        path = f"businessunits?{query(select='businessunitid', filter='_parentbusinessunitid_value eq null')}"
        units = self._rows(path, _Unit)
        if not units:
            raise UnreadableError("Dataverse shows no business unit: sign in as an administrator.")
        return units[0].id

    def user_of(self, client_id: str) -> User | None:
        condition = f"applicationid eq {client_id}"
        path = f"systemusers?{query(select='systemuserid,fullname,isdisabled', filter=condition)}"
        return next(iter(self._rows(path, User)), None)

    def role_named(self, name: str, unit: str) -> Role | None:
        quoted = name.replace("'", "''")
        condition = f"name eq '{quoted}' and _businessunitid_value eq {unit}"
        return next(iter(self._rows(f"roles?{query(select='roleid,name', filter=condition)}", Role)), None)

    def roles_of(self, user_id: str) -> list[Role]:
        return self._rows(
            f"systemusers({user_id})/systemuserroles_association?{query(select='roleid,name')}", Role
        )

    def privileges(self, names: Sequence[str]) -> dict[str, Privilege]:
        """By name in small letters. Those that the environment has not got are missing."""
        condition = " or ".join(f"name eq '{name}'" for name in names)
        columns = "privilegeid,name,canbebasic,canbelocal,canbedeep,canbeglobal"
        found = self._rows(f"privileges?{query(select=columns, filter=condition)}", Privilege)
        return {each.name.lower(): each for each in found}

    def granted(self, role_id: str) -> dict[str, Depth]:
        """By name in small letters."""
        rows = self._get(f"RetrieveRolePrivilegesRole(RoleId={role_id})").decode(_Privileges).rows
        depths = {depth.word: depth for depth in Depth}
        return {each.name.lower(): depths[each.depth] for each in rows if each.depth in depths}

    def create_user(self, client_id: str, unit: str) -> User:
        body = {"applicationid": client_id, "businessunitid@odata.bind": f"/businessunits({unit})"}
        return User(self._created("systemusers", body))

    def create_role(self, name: str, unit: str) -> Role:
        body = {"name": name, "businessunitid@odata.bind": f"/businessunits({unit})"}
        return Role(self._created("roles", body), name)

    def grant(self, role_id: str, depths: Mapping[str, Depth]) -> None:
        """By the privilege's id. What the role has besides stays."""
        listed = [{"PrivilegeId": each, "Depth": depth.word} for each, depth in depths.items()]
        self._post(f"roles({role_id})/Microsoft.Dynamics.CRM.AddPrivilegesRole", {"Privileges": listed})

    def assign(self, user_id: str, role_id: str) -> None:
        reference = {"@odata.id": f"{self.api.origin}{API}/roles({role_id})"}
        self._post(f"systemusers({user_id})/systemuserroles_association/$ref", reference)

    def _rows[R](self, path: str, shape: type[R]) -> list[R]:
        page: Any = msgspec.defstruct("Page", [("value", list[shape])])  # type: ignore[valid-type]
        rows: list[R] = self._get(path).decode(page).value
        return rows

    def _get(self, path: str) -> Answer:
        return self.api.get(path, SYSTEM_CLOCK.deadline(_SECONDS), _STRONG, purpose=Purpose.CATALOGUE)

    def _post(self, path: str, body: Any) -> Answer:
        sent = msgspec.json.encode(body)
        return self.api.post(path, sent, SYSTEM_CLOCK.deadline(_SECONDS), purpose=Purpose.CATALOGUE)

    def _created(self, entity_set: str, body: Any) -> str:
        """The id of the new row, from the answer's head."""
        found = _CREATED.search(self._post(entity_set, body).headers.get("OData-EntityId", ""))
        if found is None:
            raise UnreadableError(f"Dataverse does not say which row of {entity_set} it has made.")
        return found[1]
