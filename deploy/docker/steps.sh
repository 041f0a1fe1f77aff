#!/bin/sh
# The steps of the Dockerfile without Docker: what is copied, installed, built and started there, in a folder that is removed again.
# It takes a minute or more and asks the registry, so it is run by hand: sh deploy/docker/steps.sh
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
server=
trap 'test -z "$server" || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT

context() {
  mkdir -p "$1"
  (cd "$root" && tar --create --exclude=node_modules --exclude=dist --exclude='*.log' --exclude='.env*' \
    package.json package-lock.json tsconfig.json packages examples) | tar --extract --directory "$1"
}

echo '== page'
context "$work/page"
(cd "$work/page" && npm ci --no-audit --no-fund --silent && npm run build --silent --workspace packages/ui >/dev/null)

echo '== modules'
context "$work/modules"
(cd "$work/modules" && npm ci --no-audit --no-fund --silent --omit=dev --workspace packages/cli)

echo '== image'
mkdir -p "$work/app/packages/ui" "$work/data"
for package in facts sdk store server dashboards cli; do cp -R "$work/modules/packages/$package" "$work/app/packages/$package"; done
cp -R "$work/modules/node_modules" "$work/modules/package.json" "$work/app"
cp -R "$work/page/packages/ui/dist" "$work/app/packages/ui/dist"
du -sh "$work/app" | cut -f1
chmod -R a-w "$work/app"

echo '== run, as the image does'
node="$work/page/node_modules/.bin/node"
cd "$work/app"
NODE_ENV=production TALLYSPAN_DATA_DIR="$work/data" TALLYSPAN_PORT=0 TALLYSPAN_GRPC_PORT=off \
  "$node" packages/cli/src/main.ts start --host 127.0.0.1 >"$work/printed" 2>&1 &
server=$!
for _ in $(seq 60); do grep -q 'is listening on' "$work/printed" && break; sleep 0.5; done
url=$(grep -o 'http://[0-9.:]*' "$work/printed" | head -n 1)
"$node" -e "
  const look = async (path, wanted) => {
    const response = await fetch('$url' + path);
    const text = await response.text();
    if (!response.ok || !text.includes(wanted)) throw new Error(path + ' answered ' + response.status);
    console.log(path, response.status);
  };
  await look('/readyz', '\"ready\":true');
  await look('/', '<title>');
  await look('/metrics', 'tallyspan_up 1');
" --input-type=module
chmod -R u+w "$work/app"
echo 'The steps work.'
