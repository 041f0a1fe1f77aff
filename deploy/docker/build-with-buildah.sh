#!/bin/sh
# Builds the Dockerfile as it stands with buildah, where there is no Docker, and runs the result as steps.sh does. As root on Debian 12:
#   apt-get install --no-install-recommends buildah crun && sh deploy/docker/build-with-buildah.sh
# It pulls nothing: the images that the recipe begins with are stood in for by this machine's own programs and libraries, which are Debian 12
# as well. It takes some minutes and asks the registry of npm; what npm is told in the home folder counts for it too.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
export STORAGE_DRIVER=overlay BUILDAH_ISOLATION=chroot
builder() { buildah --root "$work/store" --runroot "$work/run" "$@"; }
trap 'builder rm --all >/dev/null 2>&1 || true; umount "$work/store/overlay" 2>/dev/null || true; rm -rf "$work"' EXIT
chmod 755 "$work"
node=$(cd "$root" && node_modules/.bin/node -p process.execPath)

echo '== stand-ins'
# With /usr of this machine, which is lent to each command of the recipe.
container=$(builder from scratch)
mounted=$(builder mount "$container")
mkdir -p "$mounted/usr" "$mounted/root" "$mounted/etc" "$mounted/proc" "$mounted/sys" "$mounted/dev"
mkdir -m 1777 "$mounted/tmp"
for folder in bin lib lib64 sbin; do ln -s "usr/$folder" "$mounted/$folder"; done
cp -R /etc/passwd /etc/group /etc/hosts /etc/resolv.conf /etc/nsswitch.conf /etc/ssl "$mounted/etc/"
builder config --env PATH=/usr/local/bin:/usr/bin:/bin "$container"
builder commit --quiet --rm "$container" localhost/node:stand-in >/dev/null
# What distroless has: Node, the libraries of C++ programs, a user and no shell.
container=$(builder from scratch)
mounted=$(builder mount "$container")
mkdir -p "$mounted/nodejs/bin" "$mounted/etc" "$mounted/proc" "$mounted/sys" "$mounted/dev"
mkdir -m 1777 "$mounted/tmp"
dpkg -L libc6 libgcc-s1 libgomp1 libstdc++6 libssl3 | grep -E '^/(usr/)?lib.*\.so' | while read -r library; do
  mkdir -p "$mounted$(dirname "$library")"
  cp --no-dereference "$library" "$mounted$library"
done
cp "$node" "$mounted/nodejs/bin/node"
printf 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n' >"$mounted/etc/passwd"
builder config --env PATH=/nodejs/bin --entrypoint '["/nodejs/bin/node"]' --user 65532 "$container"
builder commit --quiet --rm "$container" localhost/distroless:stand-in >/dev/null

echo '== build'
npm_settings=
test ! -e "$HOME/.npmrc" || npm_settings="--volume $HOME/.npmrc:/root/.npmrc:ro"
# shellcheck disable=SC2086 # two words or none
builder build --quiet --network host --pull=never --format docker \
  --file "$here/Dockerfile" --ignorefile "$here/Dockerfile.dockerignore" \
  --build-arg NODE_IMAGE=localhost/node:stand-in --build-arg RUNTIME_IMAGE=localhost/distroless:stand-in \
  --volume /usr:/usr:ro $npm_settings --tag localhost/tallyspan:built "$root" 2>"$work/said" || { tail -n 40 "$work/said"; exit 1; }
builder inspect --type image --format '{{.Docker.Config.User}} {{.Docker.Config.Entrypoint}} {{.Docker.Config.Cmd}}{{println}}' localhost/tallyspan:built

echo '== run'
container=$(builder from --pull=never localhost/tallyspan:built)
unshare --mount sh "$here/run-in-image.sh" "$(builder mount "$container")" "$node"
echo 'The recipe works.'
