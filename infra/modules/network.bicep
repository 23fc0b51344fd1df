// A network with two subnets: one that the app stands in, one for the private endpoints that it reaches.
param name string
param location string
param tags object
param addressRange string

var appRange = cidrSubnet(addressRange, 26, 0)
var endpointRange = cidrSubnet(addressRange, 26, 1)

resource network 'Microsoft.Network/virtualNetworks@2024-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressRange] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: appRange
          delegations: [
            {
              name: 'flex-consumption'
              properties: { serviceName: 'Microsoft.App/environments' }
            }
          ]
          // Dataverse, Microsoft Entra ID and webhooks are reached over the internet. For one fixed address, add a NAT gateway.
          defaultOutboundAccess: true
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: endpointRange
          defaultOutboundAccess: false
        }
      }
    ]
  }

  resource app 'subnets' existing = {
    name: 'app'
  }

  resource endpoints 'subnets' existing = {
    name: 'endpoints'
  }
}

output id string = network.id
output appSubnetId string = network::app.id
output endpointSubnetId string = network::endpoints.id
