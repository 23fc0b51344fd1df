"""What the app's identity may do, to the last assignment."""

from collections.abc import Iterator

from infra.check.looking import Files, at, deployed, finding, path_of, stands_for, text
from infra.check.syntax import Bicep, Call, Finding, Resource, Symbol

_ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"
ROLES = {
    ("hostStorage", "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"): "Storage Blob Data Owner",
    ("hostStorage", "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"): "Storage Table Data Contributor",
    ("runStorage.tables.table", "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"): "Storage Table Data Contributor",
    ("runStorage", "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"): "Storage Table Data Contributor, by runRoleScope",
    ("vault", "4633458b-17de-408a-b874-0445c86b69e6"): "Key Vault Secrets User",
    ("component", "3913510d-42f4-4e42-8a64-420c390055eb"): "Monitoring Metrics Publisher",
    ("topic", "d5a91429-5739-47e2-a06b-3470a27159e7"): "EventGrid Data Sender",
}
"""By where it is given and Azure's id of the role. Whoever adds one says here that it is meant."""


_TABLE = Symbol(line=1, name="granted")
"""The variable that holds role and reason of each."""


def the_roles_are_these(files: Files) -> Iterator[Finding]:
    """No more and no fewer than ROLES, to the app's identity and nobody else."""
    given = set()
    for file, assignment in deployed(files, _ASSIGNMENTS):
        where = path_of(at(assignment.body, "scope"))
        role = _role(file, assignment)
        given.add((where, role))
        if (where, role) not in ROLES:
            yield finding(file, assignment, f"role {role} on {where or 'the whole group'} is not meant")
        said = at(assignment.body, "properties")
        if path_of(at(said, "principalId")) != "principalId":
            yield finding(file, assignment, "it is somebody else's")
        if text(at(said, "principalType")) != "ServicePrincipal":
            yield finding(
                file, assignment, "principalType is not ServicePrincipal: Azure may not find a new identity"
            )
    for where, role in sorted(ROLES.keys() - given):
        yield Finding("roles.bicep", 1, f"{ROLES[where, role]} on {where} is not given")


def each_role_says_why(files: Files) -> Iterator[Finding]:
    """An assignment's role and reason are of one row of the table, and its name is made from what it is: repeated, it is the same one."""
    for file, assignment in deployed(files, _ASSIGNMENTS):
        row = _row(assignment)
        said = at(assignment.body, "properties")
        if not row or path_of(at(said, "description")) != f"granted.{row}.reason":
            yield finding(file, assignment, "the reason is not that of the role")
        if not text(at(stands_for(file, _TABLE), row, "reason")):
            yield finding(file, assignment, "it has no reason")
        name = at(assignment.body, "name")
        parts = [path_of(each) for each in name.arguments] if isinstance(name, Call) else []
        where = path_of(at(assignment.body, "scope"))
        if parts != [f"{where}.id", "principalId", f"granted.{row}.role"]:
            yield finding(file, assignment, "its name is not made from scope, identity and role")


def _row(assignment: Resource) -> str:
    """`granted.ROW.role`."""
    definition = at(assignment.body, "properties", "roleDefinitionId")
    role = path_of(definition.arguments[-1]) if isinstance(definition, Call) else ""
    return role.removeprefix("granted.").removesuffix(".role") if role.startswith("granted.") else ""


def _role(file: Bicep, assignment: Resource) -> str | None:
    return text(at(stands_for(file, _TABLE), _row(assignment), "role"))
