#!/bin/sh
# The steps of the Dockerfile without Docker: what is copied, installed, built and started there, in a folder that is removed again.
# It takes a minute or more and asks the registry: npm run proof does it, or sh deploy/docker/steps.sh
# As root on Debian 12 the server runs as it would in the image: as user 65532, in a root of its own that is read-only and holds nothing
# but what distroless has. Elsewhere it runs as whoever asks, from a folder whose mode is read-only.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

context() {
  mkdir -p "$1"
  (cd "$root" && tar --create --exclude=node_modules --exclude=dist --exclude='*.log' --exclude='.env*' \
    package.json package-lock.json tsconfig.json packages examples) | tar --extract --directory "$1"
}

echo '== page'
context "$work/page"
(cd "$work/page" && npm ci --no-audit --no-fund --loglevel error && npm run build --silent --workspace packages/ui >/dev/null)

echo '== modules'
context "$work/modules"
(cd "$work/modules" && npm ci --no-audit --no-fund --loglevel error --omit=dev --workspace packages/cli)

echo '== image'
image="$work/image"
mkdir -p "$image/app/packages/ui" "$image/nodejs/bin" "$image/data" "$image/tmp" "$image/proc" "$image/dev"
for package in facts sdk store server dashboards cli; do cp -R "$work/modules/packages/$package" "$image/app/packages/$package"; done
cp -R "$work/modules/node_modules" "$work/modules/package.json" "$image/app"
cp -R "$work/page/packages/ui/dist" "$image/app/packages/ui/dist"
du -sh "$image/app" | cut -f1
node=$(cd "$work/page" && node_modules/.bin/node -p process.execPath)
cp "$node" "$image/nodejs/bin/node"

echo '== run'
if [ "$(id -u)" = 0 ] && grep -q '^VERSION_ID="12"' /etc/os-release 2>/dev/null && unshare --mount true 2>/dev/null; then
  # The libraries that distroless takes from the same Debian for images of C++ programs; there is no shell and no other program.
  dpkg -L libc6 libgcc-s1 libgomp1 libstdc++6 libssl3 | grep -E '^/(usr/)?lib.*\.so' | while read -r library; do
    mkdir -p "$image$(dirname "$library")"
    cp --no-dereference "$library" "$image$library"
  done
  chown 65532:65532 "$image/data"
  chmod 755 "$work"
  unshare --mount sh "$here/run-in-image.sh" "$image" "$node"
else
  echo 'Not as the image would: that needs root on Debian 12.'
  chmod -R a-w "$image/app"
  sh "$here/run-in-image.sh" "$image" "$node" as-it-is
  chmod -R u+w "$image/app"
fi
echo 'The steps work.'
