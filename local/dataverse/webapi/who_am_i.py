"""WhoAmI: who the caller's token stands for in this environment."""

from local.dataverse.directory import BUSINESS_UNIT_ID
from local.dataverse.webapi.exchange import Answer, Call, json_answer
from local.dataverse.world import ORGANIZATION_ID, World


def who_am_i(_world: World, call: Call) -> Answer:
    return json_answer(
        {
            "@odata.context": f"{call.context}#Microsoft.Dynamics.CRM.WhoAmIResponse",
            "BusinessUnitId": BUSINESS_UNIT_ID,
            "UserId": call.caller,
            "OrganizationId": ORGANIZATION_ID,
        }
    )
