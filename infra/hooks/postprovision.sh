#!/bin/sh
# After `azd provision`: what Bicep cannot make. azd gives its outputs as environment variables.
set -eu
cd "$(dirname "$0")/../.."
python3 -m infra.signing ensure
client="${DATAVERSE_CLIENT_ID:-$AZURE_IDENTITY_CLIENT_ID}"
if [ "${DESKHAND_DATAVERSE_SETUP:-}" = skip ]; then
    echo "Dataverse is left as it is. By hand, whenever an administrator likes:"
    echo "python3 -m infra.dataverse --url $DATAVERSE_URL --client-id $client"
    exit 0
fi
python3 -m infra.dataverse --url "$DATAVERSE_URL" --client-id "$client" || {
    echo "The application user is not set up. It takes an administrator of the environment; to go on without:" >&2
    echo "azd env set DESKHAND_DATAVERSE_SETUP skip" >&2
    exit 1
}
