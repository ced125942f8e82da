#!/bin/sh
# A machine for the tests of a host: this machine's own root file system beneath, whatever it writes on a
# disk of its own, systemd as its first process. Run in new namespaces; see machine.ts.
#
#   machine.sh DISK CLOUD PORTS NODE CHECKOUT…
#
# DISK is an image file with ext4: the root volume. CLOUD is a folder that the stand-in for AWS shares with the
# test. PORTS are forwarded to sockets in CLOUD: the machine has no other network.
set -eu
disk=$1
cloud=$2
ports=$3
node=$4
here=$5
base=$(dirname "$disk")/mounted
root=$base/root
units=$root/etc/systemd/system

mkdir -p "$base"
mount -o loop "$disk" "$base"
mkdir -p "$root" "$base/upper" "$base/work" "$base/docker"
mount -t overlay overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t tmpfs -o mode=0755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
# Not an overlay, so that docker can use overlays itself.
mkdir -p "$root/var/lib/docker"
mount --bind "$base/docker" "$root/var/lib/docker"

# Devices of its own: what is attached to this machine is not seen by any other.
mount -t tmpfs -o mode=0755 tmpfs "$root/dev"
for node_of in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0 fuse:10:229 loop-control:10:237; do
  name=${node_of%%:*}
  numbers=${node_of#*:}
  mknod -m 0666 "$root/dev/$name" c "${numbers%:*}" "${numbers#*:}"
done
: >"$cloud/console"
touch "$root/dev/console"
mount --bind "$cloud/console" "$root/dev/console"
mkdir -p "$root/dev/pts" "$root/dev/shm" "$root/dev/disk/by-id"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
for pair in fd:/proc/self/fd stdin:/proc/self/fd/0 stdout:/proc/self/fd/1 stderr:/proc/self/fd/2; do
  ln -s "${pair#*:}" "$root/dev/${pair%%:*}"
done

# What is attached to an instance stays so while it is off.
if grep -q "in-use.*$(cat "$cloud/instance-id")" "$cloud/volume-state"; then
  read -r major minor <"$cloud/volume-device"
  mknod -m 0600 "$root/dev/nvme1n1" b "$major" "$minor"
  ln -s ../../nvme1n1 "$root/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_$(cat "$cloud/volume-serial")"
fi

mount -t tmpfs -o mode=0755 tmpfs "$root/sys/fs/cgroup"
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
else
  for controller in cpu cpuacct cpuset memory devices freezer blkio pids; do
    mkdir "$root/sys/fs/cgroup/$controller"
    mount -t cgroup -o "$controller" cgroup "$root/sys/fs/cgroup/$controller"
  done
  mkdir "$root/sys/fs/cgroup/systemd"
  mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
fi
mkdir -p "$root/srv/cloud"
mount --bind "$cloud" "$root/srv/cloud"
ip link set lo up

if [ ! -e "$base/made" ]; then
  # Nothing of this machine's own services, and none that would touch its devices.
  rm -rf "$units"
  mkdir -p "$units"
  for wanted in "$root"/lib/systemd/system/*.target.wants/* "$root"/lib/systemd/system/local-fs-pre.target; do
    name=$(basename "$wanted")
    case $name in
      systemd-journald*) ;;
      *) ln -sf /dev/null "$units/$name" ;;
    esac
  done
  : >"$root/etc/fstab"
  rm -rf "$root"/etc/systemd/*.conf.d "$root/var/log/journal"
  tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"
  mkdir -p "$root/var/lib/cloud/data"
  cp "$cloud/instance-id" "$root/var/lib/cloud/data/instance-id"
  cp "$here/stand-in-aws.sh" "$root/usr/local/bin/aws"
  chmod 0755 "$root/usr/local/bin/aws"
  cp "$cloud/user-data" "$root/var/lib/cloud/user-data"
  mkdir -p "$root/etc/holdfast"
  cp "$cloud/host.env" "$root/etc/holdfast/host.env"
  cat >"$units/multi-user.target" <<UNIT
[Unit]
Description=the machine is up
Wants=docker.service cloud-final.service forward.service
AllowIsolate=yes
UNIT
  cat >"$units/docker.service" <<UNIT
[Service]
Type=notify
Environment=DOCKER_RAMDISK=1
ExecStart=/usr/sbin/dockerd --host=unix:///run/docker.sock
UNIT
  cat >"$units/forward.service" <<UNIT
[Unit]
Before=cloud-final.service network-online.target
[Service]
Type=notify
NotifyAccess=all
ExecStart=$node $here/forward.mjs $ports
UNIT
  cat >"$units/cloud-final.service" <<UNIT
[Unit]
ConditionPathExists=!/var/lib/cloud/done
After=forward.service docker.service
[Service]
Type=oneshot
ExecStart=/bin/sh /var/lib/cloud/user-data
ExecStartPost=/bin/touch /var/lib/cloud/done
StandardOutput=journal+console
StandardError=journal+console
UNIT
  # A test has less time than a host.
  mkdir "$units/holdfast-.service.d"
  printf '[Service]\nRestartSec=1\n' >"$units/holdfast-.service.d/quick.conf"
  touch "$base/made"
fi
cd "$root"
mkdir -p old
pivot_root . old
umount -l /old
exec env -i container=holdfast PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --unit=multi-user.target --log-target=journal
