#!/usr/bin/env bash
# Signs Windows files in place (programs, DLLs, MSIs) with Authenticode: deploy/package/sign.sh FILE...
#   RESOURCE_BROKER_SIGN_PKCS12         the certificate with its chain and key; without it nothing is signed
#   RESOURCE_BROKER_SIGN_PASSWORD_FILE  a file with that one's password; left out where it has none
#   RESOURCE_BROKER_SIGN_TIMESTAMP_URL  an RFC 3161 server, so that signatures outlive the certificate
set -euo pipefail

[[ -n ${RESOURCE_BROKER_SIGN_PKCS12:-} ]] || exit 0
[[ -r $RESOURCE_BROKER_SIGN_PKCS12 ]] ||
  { echo "sign.sh: RESOURCE_BROKER_SIGN_PKCS12: $RESOURCE_BROKER_SIGN_PKCS12 can't be read" >&2; exit 1; }
options=(-pkcs12 "$RESOURCE_BROKER_SIGN_PKCS12" -h sha256 -n "Resource Broker")
[[ -n ${RESOURCE_BROKER_SIGN_PASSWORD_FILE:-} ]] && options+=(-readpass "$RESOURCE_BROKER_SIGN_PASSWORD_FILE")
[[ -n ${RESOURCE_BROKER_SIGN_TIMESTAMP_URL:-} ]] && options+=(-ts "$RESOURCE_BROKER_SIGN_TIMESTAMP_URL")
for file in "$@"; do
  osslsigncode sign "${options[@]}" -in "$file" -out "$file.signed" >/dev/null ||
    { echo "sign.sh: $file was not signed" >&2; exit 1; }
  mv "$file.signed" "$file"
done
