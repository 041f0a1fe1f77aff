#!/bin/sh
# For steps.sh, in a mount namespace of its own: starts what lies in $1 with the command of the Dockerfile, twice, and asks it with the
# Node at $2. With a third argument it changes neither root nor user.
set -eu
image=$1
node=$2
here=$(cd "$(dirname "$0")" && pwd)
printed=$(mktemp)
server=
trap 'test -z "$server" || kill "$server" 2>/dev/null || true; rm -f "$printed"' EXIT

if [ $# -gt 2 ]; then
  data="$image/data"
  inside() { cd "$image/app" && shift && exec "$node" "$@"; }
else
  data=/data
  mount --make-rprivate /
  mount --bind "$image" "$image"
  mount --bind "$image/data" "$image/data"
  mount -t tmpfs tmpfs "$image/tmp"
  mount -t proc proc "$image/proc"
  for device in null zero random urandom; do
    touch "$image/dev/$device"
    mount --bind "/dev/$device" "$image/dev/$device"
  done
  mount -o remount,bind,ro "$image"
  inside() { exec setpriv --no-new-privs unshare --root="$image" --wd=/app --setgid=65532 --setuid=65532 "$@"; }
fi

key=$("$node" "$image/app/packages/cli/src/main.ts" keys generate | grep -o 'tally_admin_[A-Za-z0-9_-]*')
start() {
  (
    # What the image sets, and what who runs it must.
    export NODE_ENV=production TALLYSPAN_DATA_DIR="$data" TALLYSPAN_ADMIN_KEY="$key" TALLYSPAN_PORT=0 TALLYSPAN_GRPC_PORT=off
    inside /nodejs/bin/node packages/cli/src/main.ts start --host 0.0.0.0
  ) >"$printed" 2>&1 &
  server=$!
  for _ in $(seq 120); do
    grep -q 'is listening on' "$printed" && break
    kill -0 "$server" || { cat "$printed"; exit 1; }
    sleep 0.5
  done
  port=$(grep -o 'http://[0-9.]*:[0-9]*' "$printed" | head -n 1 | grep -o '[0-9]*$')
}
# It stores what it has, and ends well.
stop() {
  kill -TERM "$server"
  wait "$server" || { echo "The server ended with $?:"; cat "$printed"; exit 1; }
  server=
}

start
"$node" "$here/ask-server.mjs" "http://127.0.0.1:$port" "$key" send
if [ $# -le 2 ]; then
  echo 'user and group' "$(grep -E '^[UG]id:' "/proc/$server/status" | tr -s '\t\n' ' ')"
  ( inside /nodejs/bin/node -e '
    const fs = require("node:fs");
    const tried = ["/", "/app/", "/app/packages/ui/dist/", "/nodejs/bin/", "/dev/", "/data/", "/tmp/"].map((folder) => {
      try { fs.writeFileSync(folder + "x", ""); fs.unlinkSync(folder + "x"); return folder; } catch { return ""; }
    });
    const written = tried.join("");
    console.log("can be written:", written);
    if (written !== "/data//tmp/") process.exit(1);
    if (fs.existsSync("/bin/sh") || fs.existsSync("/usr/bin")) throw new Error("there are other programs in the image");
  ' )
fi
stop
start
"$node" "$here/ask-server.mjs" "http://127.0.0.1:$port" "$key"
stop
