"""Which resource types are distilled, and from where."""

import msgspec

AZMCP = "@azure/mcp-linux-x64@2.0.5"
"""Microsoft's own; carries Bicep's types with it, one API version of each."""

FROM_AZMCP = (
    "Microsoft.Resources/resourceGroups",
    "Microsoft.ManagedIdentity/userAssignedIdentities",
    "Microsoft.Authorization/roleAssignments",
    "Microsoft.OperationalInsights/workspaces",
    "Microsoft.Insights/components",
    "Microsoft.Insights/workbooks",
    "Microsoft.Storage/storageAccounts",
    "Microsoft.Storage/storageAccounts/blobServices",
    "Microsoft.Storage/storageAccounts/blobServices/containers",
    "Microsoft.Storage/storageAccounts/tableServices",
    "Microsoft.Storage/storageAccounts/tableServices/tables",
    "Microsoft.KeyVault/vaults",
    "Microsoft.EventGrid/topics",
    "Microsoft.Web/serverfarms",
    "Microsoft.Web/sites",
    "Microsoft.Web/sites/basicPublishingCredentialsPolicies",
    "Microsoft.Web/sites/config",
    "Microsoft.Network/virtualNetworks",
    "Microsoft.Network/virtualNetworks/subnets",
    "Microsoft.Network/privateEndpoints",
    "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
)


class Package(msgspec.Struct, frozen=True):
    """A client library whose models say what azmcp cannot."""

    pin: str
    namespace: str
    resources: dict[str, tuple[str, str]]
    """By resource type: the model's class, and the API version that the library speaks."""


PACKAGES = (
    Package(
        "azure-mgmt-monitor==7.0.0",
        "Microsoft.Insights",
        {
            "actionGroups": ("ActionGroupResource", "2023-01-01"),
            "metricAlerts": ("MetricAlertResource", "2018-03-01"),
            "scheduledQueryRules": ("ScheduledQueryRuleResource", "2023-12-01"),
        },
    ),
    Package(
        "azure-mgmt-privatedns==1.2.0",
        "Microsoft.Network",
        {
            "privateDnsZones": ("PrivateZone", "2020-06-01"),
            "privateDnsZones/virtualNetworkLinks": ("VirtualNetworkLink", "2020-06-01"),
        },
    ),
)
