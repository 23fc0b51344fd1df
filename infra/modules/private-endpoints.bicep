// Storage, Key Vault, and where they are wanted the topic and the app, under private addresses of the network.
param location string
param tags object
param prefix string
param networkId string
param subnetId string
param hostStorageId string
param runStorageId string
param vaultId string
param topicId string
param appId string

var wanted = [
  { name: 'host-blob', id: hostStorageId, group: 'blob', zone: 'privatelink.blob.${environment().suffixes.storage}' }
  { name: 'host-table', id: hostStorageId, group: 'table', zone: 'privatelink.table.${environment().suffixes.storage}' }
  { name: 'runs-table', id: runStorageId, group: 'table', zone: 'privatelink.table.${environment().suffixes.storage}' }
  { name: 'vault', id: vaultId, group: 'vault', zone: 'privatelink.vaultcore.azure.net' }
  { name: 'topic', id: topicId, group: 'topic', zone: 'privatelink.eventgrid.azure.net' }
  { name: 'app', id: appId, group: 'sites', zone: 'privatelink.azurewebsites.net' }
]
var reached = filter(wanted, each => !empty(each.id))
var zoneNames = union(map(reached, each => each.zone), [])

resource zones 'Microsoft.Network/privateDnsZones@2020-06-01' = [
  for zone in zoneNames: {
    name: zone
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = [
  for (zone, index) in zoneNames: {
    name: 'network'
    parent: zones[index]
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: networkId }
    }
  }
]

resource endpoints 'Microsoft.Network/privateEndpoints@2024-07-01' = [
  for each in reached: {
    name: '${prefix}${each.name}'
    location: location
    tags: tags
    properties: {
      subnet: { id: subnetId }
      privateLinkServiceConnections: [
        {
          name: each.name
          properties: {
            privateLinkServiceId: each.id
            groupIds: [each.group]
          }
        }
      ]
    }
  }
]

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-07-01' = [
  for (each, index) in reached: {
    name: 'default'
    parent: endpoints[index]
    properties: {
      privateDnsZoneConfigs: [
        {
          name: each.group
          properties: { privateDnsZoneId: zones[indexOf(zoneNames, each.zone)].id }
        }
      ]
    }
  }
]
