// Holds one secret, the signing keys. It is not made here, or each deployment would replace it: infra/signing makes it once.
param name string
param location string
param tags object
param publicAccess bool

var secretName = 'signing-keys'

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 30
    publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'
    networkAcls: {
      defaultAction: publicAccess ? 'Allow' : 'Deny'
      // The secret is made through Azure Resource Manager, which the closed vault has to let in.
      bypass: 'AzureServices'
    }
  }
}

output id string = vault.id
output name string = vault.name
output uri string = vault.properties.vaultUri
// Without a version: the newest is read.
output signingKeysUri string = '${vault.properties.vaultUri}secrets/${secretName}'
