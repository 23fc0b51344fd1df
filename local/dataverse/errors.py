"""The refusals of Dataverse, with the status, code and wording that its clients know them by."""

from collections.abc import Mapping

from local.dataverse.privileges import privilege_id

NO_RECORD = "0x80040217"
NO_SEGMENT = "0x8006088a"
BAD_QUERY = "0x80060888"
BAD_PAYLOAD = "0x80048d19"
BUSINESS_ERROR = "0x80040265"
CONNECTION_REFUSED = "0x80060467"
UNEXPECTED = "0x80040216"
TOO_MANY_REQUESTS = "0x80072322"
THROTTLED = "DesktopFlowsActionThrottled"


class DataverseError(Exception):
    """A request that is answered with an error body."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


class UnauthorizedError(Exception):
    """The bearer token is missing, expired, forged or meant for somebody else: answered without a body."""


def does_not_exist(table: str, key: str) -> DataverseError:
    return DataverseError(404, NO_RECORD, f"{table} With Id = {key} Does Not Exist")


def no_file(column: str, key: str) -> DataverseError:
    return DataverseError(
        404, NO_RECORD, f"No file attachment found for attribute: {column} EntityId: {key}."
    )


def unknown_segment(segment: str) -> DataverseError:
    return DataverseError(404, NO_SEGMENT, f"Resource not found for the segment '{segment}'.")


def wrong_verb(path: str, method: str) -> DataverseError:
    return DataverseError(404, "", f"No HTTP resource was found for {method} on '{path}'.")


def method_not_allowed(method: str) -> DataverseError:
    return DataverseError(405, "0x0", f"The requested resource does not support http method '{method}'.")


def bad_query(message: str) -> DataverseError:
    return DataverseError(400, BAD_QUERY, message)


def bad_payload(message: str) -> DataverseError:
    return DataverseError(400, BAD_PAYLOAD, message)


def unknown_property(name: str, table: str) -> DataverseError:
    return bad_query(f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{table}'.")


def missing_privilege(privilege: str, user: str) -> DataverseError:
    message = (
        f"Principal user (Id={user}, type=8) is missing {privilege} privilege (Id={privilege_id(privilege)})"
    )
    return DataverseError(403, "0x80040220", message)


def not_a_member() -> DataverseError:
    return DataverseError(403, "0x80072560", "The user is not a member of the organization.")


def no_access(table: str, key: str) -> DataverseError:
    return DataverseError(403, "0x80048306", f"There is no access right to the {table} With Id = {key}.")


def user_is_disabled(user: str) -> DataverseError:
    """Two codes are seen in clients for it, 0x80040225 and 0x80041d1f."""
    return DataverseError(403, "0x80040225", f"The specified user(Id = {user}) is disabled.")


def without_roles(user: str) -> DataverseError:
    return DataverseError(403, "0x80042f09", f"The user with id {user} has not been assigned any roles.")


def duplicate(message: str) -> DataverseError:
    return DataverseError(412, "0x80040237", message)


def version_mismatch(table: str) -> DataverseError:
    message = f"The version of the existing {table} record doesn't match the version given."
    return DataverseError(412, "0x80060882", message)
