# After `azd provision`: what Bicep cannot make. azd gives its outputs as environment variables.
$ErrorActionPreference = 'Stop'
Set-Location (Join-Path $PSScriptRoot '../..')
python -m infra.signing ensure
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
if ($env:DESKHAND_DATAVERSE_SETUP -eq 'skip') {
    Write-Output 'Dataverse is left as it is (DESKHAND_DATAVERSE_SETUP=skip). By hand: python -m infra.dataverse'
} else {
    python -m infra.dataverse
    exit $LASTEXITCODE
}
