// The function app on Flex Consumption, and its settings. Why these numbers: docs/performance.md, "Settings that follow".
param name string
param planName string
param location string
param tags object
param identityId string
param identityClientId string
param hostStorageName string
param packageContainer string
param tablesEndpoint string
param runsTable string
param signingKeysUri string
param monitoringConnection string
param eventGridEndpoint string
param dataverseUrl string
param powerPlatformEnvironmentId string
param defaultConnectionReference string
param dataverseClientId string
param dataverseTenantId string
param dataverseRequestsADay int
param furtherSettings string
param publicAccess bool
param allowedAddresses string
param subnetId string
param authClientId string
param alwaysReadyInstances int
param maximumInstances int

// More than the seats that one connection can hold, and no more than the threads: what is over would wait where the platform does not see it.
var concurrency = 20
var threads = 32

// Nobody calls back where nobody can, identities take the place of keys, and two are for a desk.
var neverChosen = ['PUBLIC_BASE_URL', 'TABLES_CONNECTION_STRING', 'ALLOW_LOOPBACK_CALLBACKS', 'WEBHOOK_ALLOW_LOCAL']
var pairs = filter(map(split(furtherSettings, ';'), each => trim(each)), each => contains(each, '='))
var further = filter(pairs, each => !contains(neverChosen, split(each, '=')[0]))
var chosenSettings = toObject(further, each => split(each, '=')[0], each => substring(each, indexOf(each, '=') + 1))

var schedules = {
  START_SCHEDULE: '*/10 * * * * *'
  // Without callbacks an end is seen when the poller looks.
  POLL_SCHEDULE: publicAccess ? '0 * * * * *' : '*/15 * * * * *'
}

var hostSettings = {
  AzureWebJobsStorage__accountName: hostStorageName
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: monitoringConnection
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  PYTHON_THREADPOOL_THREAD_COUNT: string(threads)
}

var appSettings = {
  DATAVERSE_URL: dataverseUrl
  POWER_PLATFORM_ENVIRONMENT_ID: powerPlatformEnvironmentId
  DEFAULT_CONNECTION_REFERENCE: defaultConnectionReference
  AZURE_CLIENT_ID: identityClientId
  DATAVERSE_CLIENT_ID: dataverseClientId
  DATAVERSE_TENANT_ID: dataverseTenantId
  TABLES_ENDPOINT: tablesEndpoint
  RUNS_TABLE: runsTable
  SIGNING_KEYS: '@Microsoft.KeyVault(SecretUri=${signingKeysUri})'
  EVENT_GRID_ENDPOINT: eventGridEndpoint
  AUTH_MODE: empty(authClientId) ? 'keys' : 'entra'
}

// Dataverse comes from anywhere in Azure, so its callbacks are let in by that; their signature is what they are believed by.
var azureRule = {
  name: 'azure'
  description: 'Callbacks of Dataverse'
  tag: 'ServiceTag'
  ipAddress: 'AzureCloud'
  action: 'Allow'
  priority: 1000
}
var addresses = filter(map(split(allowedAddresses, ','), each => trim(each)), each => !empty(each))
var addressRules = map(addresses, (address, index) => {
  name: 'caller-${index}'
  description: 'Callers'
  tag: 'Default'
  ipAddress: address
  action: 'Allow'
  priority: 100 + index
})

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  // By this tag azd finds where to put the service of azure.yaml.
  tags: union(tags, { 'azd-service-name': 'deskhand' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    keyVaultReferenceIdentity: identityId
    publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      remoteDebuggingEnabled: false
      ipSecurityRestrictions: empty(allowedAddresses) ? [] : concat(addressRules, [azureRule])
      ipSecurityRestrictionsDefaultAction: empty(allowedAddresses) ? 'Allow' : 'Deny'
      // Deployments come to the scm site, each with a token of Microsoft Entra ID.
      scmIpSecurityRestrictionsUseMain: false
    }
    functionAppConfig: {
      runtime: { name: 'python', version: '3.13' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainer
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048
        maximumInstanceCount: maximumInstances
        alwaysReady: alwaysReadyInstances == 0 ? [] : [{ name: 'http', instanceCount: alwaysReadyInstances }]
        triggers: {
          http: { perInstanceConcurrency: concurrency }
        }
      }
    }
  }

  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }

  resource settings 'config' = {
    name: 'appsettings'
    // The last one wins: of what is set here further settings change the schedules, and nothing else.
    properties: union(
      schedules,
      chosenSettings,
      hostSettings,
      appSettings,
      dataverseRequestsADay == 0 ? {} : { DATAVERSE_REQUESTS_A_DAY: string(dataverseRequestsADay) },
      publicAccess ? { PUBLIC_BASE_URL: 'https://${app.properties.defaultHostName}' } : {}
    )
  }
}

module authentication 'authentication.bicep' = if (!empty(authClientId)) {
  name: 'authentication'
  params: {
    appName: app.name
    clientId: authClientId
  }
}

output id string = app.id
output name string = app.name
output url string = 'https://${app.properties.defaultHostName}'
