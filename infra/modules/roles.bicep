// What the app's identity may do in Azure: all of it. Dataverse's side is the application user's security role.
param principalId string
param hostStorageName string
param runStorageName string
param runsTable string
@allowed(['table', 'account'])
param runRoleScope string
param vaultName string
param componentName string
param topicName string

// Built-in roles by their ids, which no one can rename. The reason is written into the assignment as well.
var granted = {
  packages: {
    role: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b' // Storage Blob Data Owner
    reason: 'The Functions host reads the package, keeps keys, and holds the leases by which one instance runs a timer.'
  }
  diagnostics: {
    role: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' // Storage Table Data Contributor
    reason: 'The Functions host writes its diagnostic events into tables beside the package. No run is kept there.'
  }
  runs: {
    role: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' // Storage Table Data Contributor
    reason: 'Reads and writes runs.'
  }
  signingKeys: {
    role: '4633458b-17de-408a-b874-0445c86b69e6' // Key Vault Secrets User
    reason: 'Reads the signing keys. It cannot write them.'
  }
  telemetry: {
    role: '3913510d-42f4-4e42-8a64-420c390055eb' // Monitoring Metrics Publisher
    reason: 'Sends logs and metrics to Application Insights without a key. It cannot read them.'
  }
  events: {
    role: 'd5a91429-5739-47e2-a06b-3470a27159e7' // EventGrid Data Sender
    reason: 'Publishes the events of runs to the topic.'
  }
}

resource hostStorage 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: hostStorageName
}

resource runStorage 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: runStorageName

  resource tables 'tableServices' existing = {
    name: 'default'

    resource table 'tables' existing = {
      name: runsTable
    }
  }
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName
}

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: componentName
}

resource topic 'Microsoft.EventGrid/topics@2025-02-15' existing = if (!empty(topicName)) {
  name: empty(topicName) ? 'none' : topicName
}

resource packages 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(hostStorage.id, principalId, granted.packages.role)
  scope: hostStorage
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', granted.packages.role)
    description: granted.packages.reason
  }
}

resource diagnostics 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(hostStorage.id, principalId, granted.diagnostics.role)
  scope: hostStorage
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', granted.diagnostics.role)
    description: granted.diagnostics.reason
  }
}

resource runs 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (runRoleScope == 'table') {
  name: guid(runStorage::tables::table.id, principalId, granted.runs.role)
  scope: runStorage::tables::table
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', granted.runs.role)
    description: granted.runs.reason
  }
}

resource runsOfAccount 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (runRoleScope == 'account') {
  name: guid(runStorage.id, principalId, granted.runs.role)
  scope: runStorage
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', granted.runs.role)
    description: granted.runs.reason
  }
}

resource signingKeys 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, principalId, granted.signingKeys.role)
  scope: vault
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', granted.signingKeys.role)
    description: granted.signingKeys.reason
  }
}

resource telemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(component.id, principalId, granted.telemetry.role)
  scope: component
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', granted.telemetry.role)
    description: granted.telemetry.reason
  }
}

resource events 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(topicName)) {
  name: guid(topic.id, principalId, granted.events.role)
  scope: topic
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', granted.events.role)
    description: granted.events.reason
  }
}
