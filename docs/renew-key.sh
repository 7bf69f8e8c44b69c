#!/usr/bin/env bash
# Renews an API key for cron, with curl and jq: renew-key.sh URL FILE [DAYS]
# FILE is a configuration of curl, readable by you alone, with the line: user = "KEY_ID:SECRET"
# The key is replaced when it has DAYS days left or fewer (14 unless given; take fewer for a key that lives no longer than
# that, which would be replaced every time). The old one works for another day.
set -euo pipefail
url=$1 file=$2 days=${3:-14}
umask 077

key=$(curl --fail --silent --show-error --config "$file" "$url/api/v1/key")
left=$(jq '((.expiration | sub("\\.[0-9]+Z$"; "Z") | fromdate) - now) / 86400 | floor' <<<"$key")
[ "$left" -gt "$days" ] && exit 0

# The new secret is shown once: it goes into a file before anything else happens, and stays there if the rest fails.
curl --fail-with-body --silent --show-error --config "$file" --header 'Content-Type: application/json' \
  --data '{"graceHours":24}' --output "$file.answer" "$url/api/v1/key/rotate"
jq --raw-output '"user = \"\(.keyId):\(.secret)\""' "$file.answer" >"$file.new"
curl --fail --silent --show-error --config "$file.new" "$url/api/v1/checkAuth"
mv "$file.new" "$file"
rm "$file.answer"
