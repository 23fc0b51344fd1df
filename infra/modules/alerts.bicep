// What somebody is to be told of. Each rule asks one query for one number, and has an entry of the same name in docs/operations.md.

@description('Region of the rules.')
param location string

@description('Tags of all resources.')
param tags object

@description('Resource id of the Application Insights component that is asked.')
param componentId string

@description('Who is told by e-mail. Empty: alerts are seen in the portal only.')
param alertEmail string = ''

@description('Hours after which a run that is still open is worth a look: the queue of Power Automate keeps a run for twelve, and then it may run for its time-out.')
param oldestRunHours int = 24

@description('Requests that Dataverse grants the application user a day.')
param dataverseRequestsADay int = 25000

var alerts = [
  {
    name: 'poller-silent'
    title: 'The poller is silent'
    resolves: true
    told: 'No pass of the poller in 20 minutes: runs whose callback is lost are followed by nobody.'
    severity: 1
    query: loadTextContent('../queries/poller-silent.kql')
    operator: 'LessThan'
    threshold: 1
    every: 'PT10M'
    window: 'PT20M'
  }
  {
    name: 'poller-failing'
    title: 'The poller fails'
    resolves: true
    told: 'Most passes of the last half hour were given up or cut short: Dataverse or Table Storage refuses what they ask, and runs are not followed.'
    severity: 1
    query: loadTextContent('../queries/poller-failing.kql')
    operator: 'GreaterThan'
    threshold: 15
    every: 'PT10M'
    window: 'PT30M'
  }
  {
    name: 'starts-in-doubt'
    title: 'A start is in doubt'
    resolves: false
    told: 'Nobody can say whether a flow was started, or one was started although it had been given up.'
    severity: 1
    query: loadTextContent('../queries/starts-in-doubt.kql')
    operator: 'GreaterThan'
    threshold: 0
    every: 'PT5M'
    window: 'PT15M'
  }
  {
    name: 'needs-somebody'
    title: 'Something has to be mended'
    resolves: false
    told: 'A setting, a right in Dataverse, a row or a machine: it goes on being wrong until somebody mends it.'
    severity: 1
    query: loadTextContent('../queries/needs-somebody.kql')
    operator: 'GreaterThan'
    threshold: 0
    every: 'PT15M'
    window: 'PT15M'
  }
  {
    name: 'calls-failed'
    title: 'Calls fail'
    resolves: true
    told: 'More than ten calls in a quarter of an hour were answered 5xx; callbacks and /health are not counted.'
    severity: 2
    query: loadTextContent('../queries/calls-failed.kql')
    operator: 'GreaterThan'
    threshold: 10
    every: 'PT5M'
    window: 'PT15M'
  }
  {
    name: 'dead-letters'
    title: 'Events were given up'
    resolves: false
    told: 'An event could be told to nobody, or one that was received could start nothing.'
    severity: 2
    query: loadTextContent('../queries/dead-letters.kql')
    operator: 'GreaterThan'
    threshold: 0
    every: 'PT15M'
    window: 'PT15M'
  }
  {
    name: 'oldest-run'
    title: 'A run is open for very long'
    resolves: true
    told: 'Dataverse still shows it as open: look at its machine, or cancel it.'
    severity: 2
    query: loadTextContent('../queries/oldest-run.kql')
    operator: 'GreaterThan'
    threshold: oldestRunHours * 3600
    every: 'PT1H'
    window: 'PT1H'
  }
  {
    name: 'queue-stands'
    title: 'A start waits for very long'
    resolves: true
    told: 'A run has been waiting for its turn for more than an hour: a pause, a connection that is asked for too much, or Dataverse throttles.'
    severity: 3
    query: loadTextContent('../queries/queue-stands.kql')
    operator: 'GreaterThan'
    threshold: 3600
    every: 'PT15M'
    window: 'PT15M'
  }
  {
    name: 'callbacks-refused'
    title: 'Many callbacks are no callbacks'
    resolves: true
    told: 'More than a hundred requests in a quarter of an hour came to callback addresses, and not from Dataverse.'
    severity: 2
    query: loadTextContent('../queries/callbacks-refused.kql')
    operator: 'GreaterThan'
    threshold: 100
    every: 'PT15M'
    window: 'PT15M'
  }
  {
    name: 'dataverse-throttles'
    title: 'Dataverse throttles'
    resolves: true
    told: 'More than ten answers 429 in a quarter of an hour.'
    severity: 3
    query: loadTextContent('../queries/dataverse-throttles.kql')
    operator: 'GreaterThan'
    threshold: 10
    every: 'PT15M'
    window: 'PT15M'
  }
  {
    name: 'request-budget'
    title: 'The day\'s requests to Dataverse run out'
    resolves: true
    told: 'Four fifths of what Dataverse grants a day are used. Starts go on.'
    severity: 2
    query: loadTextContent('../queries/request-budget.kql')
    operator: 'GreaterThan'
    threshold: dataverseRequestsADay * 4 / 5
    every: 'PT1H'
    window: 'P1D'
  }
  {
    name: 'runs-failed'
    title: 'Most runs fail'
    resolves: true
    told: 'More than half of the runs that ended in the last hour have failed, and at least ten have ended.'
    severity: 3
    query: loadTextContent('../queries/runs-failed.kql')
    operator: 'GreaterThan'
    threshold: 50
    every: 'PT15M'
    window: 'PT1H'
  }
]

resource receivers 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(alertEmail)) {
  name: 'ag-deskhand'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'deskhand'
    enabled: true
    emailReceivers: [
      {
        name: 'operators'
        emailAddress: alertEmail
        useCommonAlertSchema: true
      }
    ]
  }
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for alert in alerts: {
  name: 'deskhand-${alert.name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'Deskhand: ${alert.title}'
    description: '${alert.told} What to do: docs/operations.md, ${alert.name}.'
    severity: alert.severity
    enabled: true
    scopes: [
      componentId
    ]
    evaluationFrequency: alert.every
    windowSize: alert.window
    criteria: {
      allOf: [
        {
          query: alert.query
          metricMeasureColumn: 'value'
          timeAggregation: 'Maximum'
          operator: alert.operator
          threshold: alert.threshold
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    // What happened once goes on until somebody has looked; what passes by itself says so.
    autoMitigate: alert.resolves
    actions: {
      actionGroups: empty(alertEmail) ? [] : [
        receivers.id
      ]
    }
  }
}]
