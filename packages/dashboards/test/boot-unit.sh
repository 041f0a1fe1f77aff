#!/bin/sh
# For unit.proof.test.ts: a systemd of its own, that starts the unit and nothing else. This machine's files are under it, but what it writes
# is gone with it, and so is its network. $1 is the repository, which lies in /opt/tallyspan there. Within namespaces of its own:
#   unshare --fork --pid --mount --net --uts --ipc --cgroup sh boot-unit.sh REPOSITORY
set -eu
mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
root=/mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work "$root"
mkdir -p "$root/opt/tallyspan" "$root/mnt/before"
mount --rbind "$1" "$root/opt/tallyspan"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
umount -R "$root/sys/fs/cgroup"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
cp "$1/deploy/systemd/tallyspan.service" "$root/etc/systemd/system/"
printf '[Unit]\nWants=tallyspan.service\n' >"$root/etc/systemd/system/proof.target"
# Nothing of this machine is started that brings up its network.
printf '[Unit]\n' >"$root/etc/systemd/system/network-online.target"
cd "$root"
pivot_root . mnt/before
umount -l /mnt/before
exec env -i container=podman PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --unit=proof.target --show-status=false
