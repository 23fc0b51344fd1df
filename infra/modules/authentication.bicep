// App Service authentication: it checks the tokens of callers, and says who they are. Their roles are checked by the app.
param appName string
param clientId string

resource app 'Microsoft.Web/sites@2024-11-01' existing = {
  name: appName

  resource authentication 'config' = {
    name: 'authsettingsV2'
    properties: {
      platform: { enabled: true, runtimeVersion: '~1' }
      globalValidation: {
        requireAuthentication: true
        unauthenticatedClientAction: 'Return401'
        // Dataverse, whoever was given a signed URL, and monitors have no token. A test holds these against the routes that are open.
        excludedPaths: [
          '/api/callbacks/*'
          '/api/results/*'
          '/api/hooks/*'
          '/api/health'
        ]
      }
      httpSettings: { requireHttps: true }
      // Tokens are checked and not kept: nobody signs in here.
      login: {
        tokenStore: { enabled: false }
      }
      identityProviders: {
        azureActiveDirectory: {
          enabled: true
          registration: {
            clientId: clientId
            openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
          }
          validation: { allowedAudiences: [clientId, 'api://${clientId}'] }
        }
      }
    }
  }
}
