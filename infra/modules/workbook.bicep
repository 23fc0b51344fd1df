// The figures that the alerts are made of, over time: one page in the portal.

@description('Region of the workbook.')
param location string

@description('Tags of all resources.')
param tags object

@description('Resource id of the Application Insights component that is asked.')
param componentId string

var charts = [
  {
    title: 'Open runs, those that were due, and starts in doubt'
    query: loadTextContent('../queries/charts/open-runs.kql')
    shown: 'timechart'
  }
  {
    title: 'Hours since the oldest open run was created, and since the oldest waiting one came'
    query: loadTextContent('../queries/charts/oldest-run.kql')
    shown: 'timechart'
  }
  {
    title: 'How runs end'
    query: loadTextContent('../queries/charts/ends.kql')
    shown: 'barchart'
  }
  {
    title: 'Seconds from an end in Dataverse until it was known here, by who told of it'
    query: loadTextContent('../queries/charts/lag.kql')
    shown: 'timechart'
  }
  {
    title: 'Why runs fail'
    query: loadTextContent('../queries/charts/errors-of-runs.kql')
    shown: 'table'
  }
  {
    title: 'Runs that wait for their turn'
    query: loadTextContent('../queries/charts/queue.kql')
    shown: 'timechart'
  }
  {
    title: 'Requests to Dataverse, by purpose'
    query: loadTextContent('../queries/charts/requests.kql')
    shown: 'barchart'
  }
  {
    title: 'Callbacks, by what became of them'
    query: loadTextContent('../queries/charts/callbacks.kql')
    shown: 'barchart'
  }
  {
    title: 'Events told and received, by what became of them'
    query: loadTextContent('../queries/charts/deliveries.kql')
    shown: 'barchart'
  }
  {
    title: 'Calls, by function and status'
    query: loadTextContent('../queries/charts/calls.kql')
    shown: 'table'
  }
]

var span = {
  id: 'b3c1f0de-6a52-4a57-9d0c-52f1c3a8d7e4'
  version: 'KqlParameterItem/1.0'
  name: 'span'
  label: 'Over the last'
  type: 4
  isRequired: true
  value: {
    durationMs: 86400000
  }
  typeSettings: {
    selectableValues: [
      {
        durationMs: 3600000
      }
      {
        durationMs: 14400000
      }
      {
        durationMs: 86400000
      }
      {
        durationMs: 604800000
      }
      {
        durationMs: 2592000000
      }
    ]
    allowCustom: true
  }
}

var picker = {
  type: 9
  name: 'span'
  content: {
    version: 'KqlParameterItem/1.0'
    parameters: [
      span
    ]
    style: 'pills'
    queryType: 0
    resourceType: 'microsoft.insights/components'
  }
}

var items = [for (chart, number) in charts: {
  type: 3
  name: 'chart-${number}'
  content: {
    version: 'KqlItem/1.0'
    query: chart.query
    title: chart.title
    size: 0
    timeContextFromParameter: 'span'
    queryType: 0
    resourceType: 'microsoft.insights/components'
    visualization: chart.shown
  }
}]

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(componentId, 'deskhand')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Deskhand'
    category: 'workbook'
    sourceId: componentId
    serializedData: string({
      version: 'Notebook/1.0'
      items: concat([
        picker
      ], items)
      fallbackResourceIds: [
        componentId
      ]
    })
  }
}
