# After `azd provision`: what Bicep cannot make. azd gives its outputs as environment variables.
$ErrorActionPreference = 'Stop'
Set-Location (Join-Path $PSScriptRoot '../..')
python -m infra.signing ensure
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
$client = if ($env:DATAVERSE_CLIENT_ID) { $env:DATAVERSE_CLIENT_ID } else { $env:AZURE_IDENTITY_CLIENT_ID }
if ($env:DESKHAND_DATAVERSE_SETUP -eq 'skip') {
    Write-Output 'Dataverse is left as it is. By hand, whenever an administrator likes:'
    Write-Output "python -m infra.dataverse --url $env:DATAVERSE_URL --client-id $client"
    exit 0
}
python -m infra.dataverse --url $env:DATAVERSE_URL --client-id $client
if ($LASTEXITCODE -ne 0) {
    Write-Output 'The application user is not set up. It takes an administrator of the environment; to go on without:'
    Write-Output 'azd env set DESKHAND_DATAVERSE_SETUP skip'
    exit 1
}
