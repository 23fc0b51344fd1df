// Deskhand for one Dataverse environment: a resource group with all that it needs. docs/deploy.md says how to use it.
targetScope = 'subscription'

@description('Name of the azd environment: one for each Dataverse environment. All names are made from it.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Azure region. Take the one nearest to the Dataverse environment.')
@metadata({ azd: { type: 'location' } })
param location string

@description('The Dataverse environment: https:// and its host.')
@minLength(9)
param dataverseUrl string

@description('Power Platform environment id, for links into the portal. Empty: runs carry no such links.')
param powerPlatformEnvironmentId string = ''

@description('Logical name of the connection reference for starts that name none. Empty: each start names its own.')
param defaultConnectionReference string = ''

@description('Client id of an app registration that trusts the identity, should managed identities be refused in Dataverse. Empty: the identity itself.')
param dataverseClientId string = ''

@description('Tenant of that app registration. Empty: this one.')
param dataverseTenantId string = ''

@description('Further app settings (docs/settings.md) as NAME=value;NAME=value, such as QUEUE_LIMIT=200. What this deployment sets itself, they cannot change, but for the schedules.')
param furtherSettings string = ''

@description('Whether the public network reaches the app. Without, Dataverse cannot call back, ends are found by polling, and the network below comes with it.')
param publicAccess bool = true

@description('Addresses that may call the app, as CIDR ranges separated by commas. AzureCloud is let in besides, for Dataverse. Empty: everybody.')
param allowedAddresses string = ''

@description('A virtual network, with storage and Key Vault reached through private endpoints and closed to the public network.')
param privateNetwork bool = false

@description('Address range of that network: at least a /25.')
param networkRange string = '10.64.0.0/24'

@description('Client id of the app registration whose roles callers have. Empty: callers come with function keys.')
param authClientId string = ''

@description('An Event Grid topic of its own that gets the events of all runs.')
param eventGridTopic bool = false

@description('Instances that are kept warm for HTTP: callbacks come four times within three seconds and then never again.')
@minValue(0)
@maxValue(20)
param alwaysReadyInstances int = 2

@description('The most instances that HTTP, and each timer, may have.')
@minValue(1)
@maxValue(1000)
param maximumInstances int = 10

@description('Days for which logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Who is told of alerts by e-mail. Empty: they are seen in the portal only.')
param alertEmail string = ''

@description('Hours after which somebody is told of a run that is still open: Power Automate keeps a run waiting for twelve, and then it may run for its time-out.')
@minValue(1)
@maxValue(720)
param oldestRunHours int = 24

@description('Requests that may be asked of Dataverse a day: polling thins out as they are used up, and an alert tells. 0: no limit, and the alert reckons with 25,000.')
@minValue(0)
@maxValue(100000000)
param dataverseRequestsADay int = 0

@description('Replication of the runs. In a region without zones: Standard_LRS. A copy in another region (GZRS) lags behind: pause starts before a failover, which puts the runs back as they were (docs/operations.md, Backup).')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GZRS'])
param runStorageSku string = 'Standard_ZRS'

@description('Where the right to the rows is given: on the table, or on the account that holds nothing else (docs/assumptions.md).')
@allowed(['table', 'account'])
param runRoleScope string = 'table'

var abbreviations = loadJsonContent('abbreviations.json')
var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }
var runsTable = 'deskhand'
// An app that the public network does not reach has to be reached by a private one.
var networked = privateNetwork || !publicAccess
var zones = {
  blob: 'privatelink.blob.${environment().suffixes.storage}'
  table: 'privatelink.table.${environment().suffixes.storage}'
  vault: 'privatelink.vaultcore.azure.net'
  topic: 'privatelink.eventgrid.azure.net'
  app: 'privatelink.azurewebsites.net'
}

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: '${abbreviations.resourceGroups}${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    name: '${abbreviations.managedIdentities}${token}'
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    workspaceName: '${abbreviations.operationalInsightsWorkspaces}${token}'
    componentName: '${abbreviations.insightsComponents}${token}'
    location: location
    tags: tags
    retentionDays: logRetentionDays
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    location: location
    tags: tags
    componentId: monitoring.outputs.componentId
    alertEmail: alertEmail
    oldestRunHours: oldestRunHours
    // What a tenant has without Dynamics 365.
    dataverseRequestsADay: dataverseRequestsADay == 0 ? 25000 : dataverseRequestsADay
  }
}

module workbook 'modules/workbook.bicep' = {
  name: 'workbook'
  scope: group
  params: {
    location: location
    tags: tags
    componentId: monitoring.outputs.componentId
  }
}

module hostStorage 'modules/host-storage.bicep' = {
  name: 'host-storage'
  scope: group
  params: {
    name: '${abbreviations.storageAccounts}host${token}'
    location: location
    tags: tags
    publicAccess: !networked
  }
}

module runStorage 'modules/run-storage.bicep' = {
  name: 'run-storage'
  scope: group
  params: {
    name: '${abbreviations.storageAccounts}runs${token}'
    location: location
    tags: tags
    publicAccess: !networked
    tableName: runsTable
    sku: runStorageSku
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  scope: group
  params: {
    name: '${abbreviations.keyVaults}${token}'
    location: location
    tags: tags
    publicAccess: !networked
  }
}

module topic 'modules/topic.bicep' = if (eventGridTopic) {
  name: 'topic'
  scope: group
  params: {
    name: '${abbreviations.eventGridTopics}${token}'
    location: location
    tags: tags
    publicAccess: !networked
  }
}

module roles 'modules/roles.bicep' = {
  name: 'roles'
  scope: group
  params: {
    principalId: identity.outputs.principalId
    hostStorageName: hostStorage.outputs.name
    runStorageName: runStorage.outputs.name
    runsTable: runsTable
    runRoleScope: runRoleScope
    vaultName: vault.outputs.name
    componentName: monitoring.outputs.componentName
    topicName: eventGridTopic ? topic!.outputs.name : ''
  }
}

module network 'modules/network.bicep' = if (networked) {
  name: 'network'
  scope: group
  params: {
    name: '${abbreviations.virtualNetworks}${token}'
    location: location
    tags: tags
    addressRange: networkRange
  }
}

module endpoints 'modules/private-endpoints.bicep' = if (networked) {
  name: 'private-endpoints'
  scope: group
  params: {
    location: location
    tags: tags
    prefix: abbreviations.privateEndpoints
    networkId: network!.outputs.id
    subnetId: network!.outputs.endpointSubnetId
    reached: concat([
      { name: 'host-blob', id: hostStorage.outputs.id, group: 'blob', zone: zones.blob }
      { name: 'host-table', id: hostStorage.outputs.id, group: 'table', zone: zones.table }
      { name: 'runs-table', id: runStorage.outputs.id, group: 'table', zone: zones.table }
      { name: 'vault', id: vault.outputs.id, group: 'vault', zone: zones.vault }
    ], eventGridTopic ? [
      { name: 'topic', id: topic!.outputs.id, group: 'topic', zone: zones.topic }
    ] : [])
  }
}

module app 'modules/app.bicep' = {
  name: 'app'
  scope: group
  // The package and the signing keys can be fetched only once the identity may, and once there is a way.
  dependsOn: [roles, endpoints]
  params: {
    name: '${abbreviations.functionApps}${token}'
    planName: '${abbreviations.serverFarms}${token}'
    location: location
    tags: tags
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    hostStorageName: hostStorage.outputs.name
    packageContainer: hostStorage.outputs.packageContainer
    tablesEndpoint: runStorage.outputs.tablesEndpoint
    runsTable: runsTable
    signingKeysUri: vault.outputs.signingKeysUri
    monitoringConnection: monitoring.outputs.connection
    eventGridEndpoint: eventGridTopic ? topic!.outputs.endpoint : ''
    dataverseUrl: dataverseUrl
    powerPlatformEnvironmentId: powerPlatformEnvironmentId
    defaultConnectionReference: defaultConnectionReference
    dataverseClientId: dataverseClientId
    dataverseTenantId: dataverseTenantId
    dataverseRequestsADay: dataverseRequestsADay
    furtherSettings: furtherSettings
    publicAccess: publicAccess
    allowedAddresses: allowedAddresses
    subnetId: networked ? network!.outputs.appSubnetId : ''
    authClientId: authClientId
    alwaysReadyInstances: alwaysReadyInstances
    maximumInstances: maximumInstances
  }
}

module appEndpoint 'modules/private-endpoints.bicep' = if (!publicAccess) {
  name: 'private-endpoint-of-app'
  scope: group
  params: {
    location: location
    tags: tags
    prefix: abbreviations.privateEndpoints
    networkId: network!.outputs.id
    subnetId: network!.outputs.endpointSubnetId
    reached: [{ name: 'app', id: app.outputs.id, group: 'sites', zone: zones.app }]
  }
}

output AZURE_RESOURCE_GROUP string = group.name
output AZURE_FUNCTION_APP_NAME string = app.outputs.name
output AZURE_FUNCTION_APP_ID string = app.outputs.id
output AZURE_KEY_VAULT_ID string = vault.outputs.id
output AZURE_KEY_VAULT_URI string = vault.outputs.uri
output AZURE_IDENTITY_ID string = identity.outputs.id
output AZURE_IDENTITY_CLIENT_ID string = identity.outputs.clientId
output AZURE_IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId
output AZURE_IDENTITY_NAME string = identity.outputs.name
output AZURE_TENANT_ID string = tenant().tenantId
output DATAVERSE_URL string = dataverseUrl
output DESKHAND_URL string = app.outputs.url
output DESKHAND_TABLES_ENDPOINT string = runStorage.outputs.tablesEndpoint
output EVENT_GRID_ENDPOINT string = eventGridTopic ? topic!.outputs.endpoint : ''
