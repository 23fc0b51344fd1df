#!/bin/sh
# After `azd provision`: what Bicep cannot make. azd gives its outputs as environment variables.
set -eu
cd "$(dirname "$0")/../.."
python3 -m infra.signing ensure
if [ "${DESKHAND_DATAVERSE_SETUP:-}" = skip ]; then
    echo "Dataverse is left as it is. By hand, whenever you like: python3 -m infra.dataverse"
    exit 0
fi
python3 -m infra.dataverse --client-id "${DATAVERSE_CLIENT_ID:-$AZURE_IDENTITY_CLIENT_ID}" || {
    echo "The application user is not set up. It takes an administrator of the environment; to go on without:" >&2
    echo "azd env set DESKHAND_DATAVERSE_SETUP skip" >&2
    exit 1
}
