#!/bin/sh
# After `azd provision`: what Bicep cannot make. azd gives its outputs as environment variables.
set -eu
cd "$(dirname "$0")/../.."
python3 -m infra.signing ensure
if [ "${DESKHAND_DATAVERSE_SETUP:-}" = skip ]; then
    echo "Dataverse is left as it is (DESKHAND_DATAVERSE_SETUP=skip). By hand: python3 -m infra.dataverse"
else
    python3 -m infra.dataverse
fi
