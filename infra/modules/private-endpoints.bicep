// Others' resources under private addresses of the network, each with its name in a private DNS zone.
param location string
param tags object
param prefix string
param networkId string
param subnetId string
@description('Of each: name, id, group (what is reached of it) and zone.')
param reached array

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
